"""Where the wheels that carry servers have put them.

Found and not imported: those packages do things on import that are not wanted here.
"""

from importlib.util import find_spec
from pathlib import Path


def package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed: make run does it", name=name)
    return Path(spec.origin).parent
