"""A brand as a style sheet: its tokens, then the rules that all brands share."""

from functools import lru_cache
from importlib.resources import files

from content.model import Theme

SHEETS = ("base.css", "header.css", "home.css", "article.css", "form.css")

_TEXT_FACES = {
    "grotesque": '"Helvetica Neue", "Arial Nova", "Liberation Sans", Arial, sans-serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "Liberation Sans", sans-serif',
    "serif": 'Charter, "Bitstream Charter", "Sitka Text", Cambria, "Liberation Serif", serif',
    "rounded": 'ui-rounded, Quicksand, Nunito, "Arial Rounded MT Bold", Calibri, sans-serif',
    "book": '"Iowan Old Style", "Palatino Linotype", P052, Georgia, "Liberation Serif", serif',
}
_DISPLAY_FACES = _TEXT_FACES | {
    "grotesque": '"Avenir Next Condensed", "Franklin Gothic Medium Cond", "Arial Narrow", '
    '"Liberation Sans Narrow", "Helvetica Neue", sans-serif',
    "serif": 'Didot, "Bodoni 72", "Bodoni MT", "Hoefler Text", "Liberation Serif", serif',
}
_DISPLAY_WEIGHT = {"grotesque": "700", "humanist": "600", "serif": "400", "rounded": "700"}
_RADIUS = {"square": "0", "soft": "6px", "round": "16px"}
_SPACE = {"compact": "0.85", "regular": "1", "airy": "1.5"}


@lru_cache(maxsize=64)
def style_sheet(theme: Theme) -> bytes:
    static = files("content") / "static"
    shared = "\n".join((static / name).read_text(encoding="utf-8") for name in SHEETS)
    return (_tokens(theme) + shared).encode()


def _tokens(theme: Theme) -> str:
    tokens = {
        "paper": theme.paper,
        "ink": theme.ink,
        "brand": theme.brand,
        "on-brand": theme.on_brand,
        "accent": theme.accent,
        "surface": theme.surface,
        "link": theme.link,
        "text-face": _TEXT_FACES[theme.text_face],
        "display-face": _DISPLAY_FACES[theme.display_face],
        "display-weight": _DISPLAY_WEIGHT.get(theme.display_face, "600"),
        "radius": _RADIUS[theme.corners],
        "density": _SPACE[theme.density],
    }
    return ":root{" + ";".join(f"--{name}:{value}" for name, value in tokens.items()) + "}\n"
