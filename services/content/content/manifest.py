"""What a release's files were made of: kept beside the release, so that the next one links them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

READABLE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`key` is that of the recipe, "" for a twin and for what is made every time."""

    key: str
    digest: str  # SHA-256 of the content


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`site`: of what the whole was made; `files` by path."""

    site: str = ""
    files: Mapping[str, Entry] = field(default_factory=dict)

    def with_twins(self, path: str) -> dict[str, Entry]:
        """The entries of a file and of its compressed twins."""
        names = (path, f"{path}.gz", f"{path}.zst")
        return {name: self.files[name] for name in names if name in self.files}


def read_manifest(host_dir: Path, identity: str) -> Manifest:
    """An empty one when there is none, or when it cannot be read: then everything is made anew."""
    try:
        raw = json.loads((host_dir / "manifests" / identity).read_text(encoding="utf-8"))
        files = {
            path: Entry(key=key, digest=digest) for path, (key, digest) in raw["files"].items()
        }
        return Manifest(site=raw["site"], files=files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Manifest()


def write_manifest(host_dir: Path, identity: str, manifest: Manifest) -> list[Path]:
    """What the caller has to sync.  One that a power cut damages is as good as none."""
    files = {path: [entry.key, entry.digest] for path, entry in manifest.files.items()}
    folder = host_dir / "manifests"
    folder.mkdir(exist_ok=True)
    fresh, path = folder / f".{identity}", folder / identity
    fresh.write_text(json.dumps({"site": manifest.site, "files": files}), encoding="utf-8")
    fresh.chmod(READABLE)
    fresh.replace(path)
    return [path, folder]
