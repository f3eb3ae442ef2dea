"""What is wrong in the clinic files, said so that whoever edits them knows what to do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mistake:
    """One mistake.  `holds` is the clinic whose release waits for it; "" for a draft's mistake."""

    path: str
    line: int
    what: str
    remedy: str
    holds: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}; {self.remedy}"


@dataclass(slots=True)
class Mistakes:
    """Collects the mistakes of all files, so that they can be reported together."""

    found: list[Mistake] = field(default_factory=list)

    def __iter__(self) -> Iterator[Mistake]:
        return iter(sorted(set(self.found)))

    def __len__(self) -> int:
        return len(self.found)

    def add(self, path: Path, line: int, what: str, remedy: str, *, holds: str) -> None:
        self.found.append(
            Mistake(path=str(path), line=max(line, 1), what=what, remedy=remedy, holds=holds)
        )

    def holding(self, clinic: str) -> list[Mistake]:
        return [mistake for mistake in self if mistake.holds == clinic]
