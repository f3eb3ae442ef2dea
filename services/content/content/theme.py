"""A brand as a style sheet: its typefaces and tokens, then the rules of the parts it has chosen."""

import re
from functools import lru_cache
from importlib.resources import files

from content.fonts import DISPLAY_FACES, TEXT_FACES, Face
from content.model import Theme
from content.palette import by_day, by_night

_DISPLAY_WEIGHT = {"grotesque": "700", "humanist": "700", "plain": "600", "serif": "400"}
_RADIUS = {"square": "0", "soft": "6px", "round": "18px"}
_SPACE = {"compact": "0.85", "regular": "1", "airy": "1.5"}
LINE_LETTERS = 66  # of running text; 60 to 72 is read with the least effort


def faces(theme: Theme) -> tuple[Face, ...]:
    """The typefaces that its pages load, the one for text first."""
    return tuple(dict.fromkeys((TEXT_FACES[theme.text_face], DISPLAY_FACES[theme.display_face])))


@lru_cache(maxsize=64)
def style_sheet(theme: Theme) -> bytes:
    static = files("content") / "static"
    shared = "\n".join((static / name).read_text(encoding="utf-8") for name in _sheets(theme))
    faces_rules = "".join(face.rules() for face in faces(theme))
    return (faces_rules + _tokens(theme) + _smaller(shared)).encode()


def _sheets(theme: Theme) -> tuple[str, ...]:
    """In this order a later rule wins; the brand's own come after those that all share."""
    return (
        "base.css",
        "header.css",
        "home.css",
        "place.css",
        "article.css",
        "form.css",
        f"header-{theme.header}.css",
        f"home-{theme.home}.css",
        "large-text.css",
        "print.css",
    )


def _tokens(theme: Theme) -> str:
    text = TEXT_FACES[theme.text_face]
    tokens = {
        "text-face": text.stack,
        "display-face": DISPLAY_FACES[theme.display_face].stack,
        "display-weight": _DISPLAY_WEIGHT.get(theme.display_face, "700"),
        "display-tracking": "-.01em" if theme.display_face != "rounded" else "0",
        "measure": f"{LINE_LETTERS * text.letter:.1f}em",
        "radius": _RADIUS[theme.corners],
        "density": _SPACE[theme.density],
        "gap": "calc(1rem * var(--density))",
        "page": "72rem",
    }
    fixed = ";".join(f"--{name}:{value}" for name, value in tokens.items())
    night = f"@media (prefers-color-scheme:dark){{:root{{{by_night(theme).tokens()}}}}}\n"
    return f":root{{{fixed};{by_day(theme).tokens()}}}\n{night}"


def _smaller(sheet: str) -> str:
    """Without comments, indents and empty lines; nothing else is touched."""
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
