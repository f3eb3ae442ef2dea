"""What a measurement found, beside the bound it must keep."""

import argparse
import importlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number.  `at_most`: its bound, None where it is only told.

    A speed has a bound as a ratio to something measured in the same run, never in seconds of a
    machine that nobody knows.
    """

    what: str
    value: float
    unit: str  # ms, s, x (a ratio), MB, ...
    at_most: float | None = None
    beside: str = ""  # what it was compared with, in words and numbers

    @property
    def kept(self) -> bool:
        return self.at_most is None or self.value <= self.at_most

    def line(self) -> str:
        bound = "" if self.at_most is None else f" (at most {self.at_most:g})"
        beside = f", {self.beside}" if self.beside else ""
        mark = "" if self.kept else "NOT KEPT  "
        return f"{mark}{self.what}: {self.value:.4g} {self.unit}{bound}{beside}"


class Measure(Protocol):
    """A benchmark or fault run.  `quick`: small enough for a test, its figures mean little."""

    def __call__(self, *, quick: bool, seed: int) -> list[Figure]: ...


def main(program: str, modules: Mapping[str, str]) -> int:
    """Run the measures that the command line names (none named: all), one after another.

    `modules`: name of a measure -> module whose `measure` is one.  Where the module has `PARTS`,
    `NAME:PART` runs that one alone.  Returns 1 when a bound was not kept.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {program}")
    parser.add_argument("names", nargs="*", metavar="NAME[:PART]", help=", ".join(modules))
    parser.add_argument("--quick", action="store_true", help="small, to see that it runs")
    parser.add_argument("--seed", type=int, default=None, help="of all that is random")
    asked = parser.parse_args()
    if unknown := {name.partition(":")[0] for name in asked.names} - set(modules):
        parser.error(f"no measure {', '.join(sorted(unknown))}; there are {', '.join(modules)}")
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    names = asked.names or list(modules)
    kept = True
    for number, name in enumerate(names, start=1):
        print(f"[{number}/{len(names)}] {name} (seed {seed})", flush=True)
        for figure in _measure(modules, name)(quick=asked.quick, seed=seed):
            print(f"  {figure.line()}", flush=True)
            kept = kept and figure.kept
    return 0 if kept else 1


def _measure(modules: Mapping[str, str], name: str) -> Measure:
    of, _, part = name.partition(":")
    module = importlib.import_module(modules[of])
    parts: Mapping[str, Measure] = getattr(module, "PARTS", {}) if part else {"": module.measure}
    if part not in parts:
        raise SystemExit(f"{of} has no part {part}; it has {', '.join(parts) or 'none'}")
    return parts[part]
