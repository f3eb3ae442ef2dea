"""The open typefaces that brands choose from: subset files in fonts/, and stand-ins that fit.

While a file is on its way the text stands in a typeface of the reader's machine, stretched until it
takes the same room (`size-adjust`), so that nothing moves when the file arrives.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

Names = tuple[str, ...]
_LOCAL: dict[
    str, dict[str, tuple[Names, Names]]
] = {  # family of the reader's machine -> (regular, bold) names of faces with equal widths
    "office": {
        "sans": (("Arial", "Liberation Sans", "Arimo"), ("Arial Bold", "Liberation Sans Bold")),
        "serif": (
            ("Times New Roman", "Liberation Serif", "Tinos"),
            ("Times New Roman Bold", "Liberation Serif Bold"),
        ),
    },
    "android": {"sans": (("Roboto",), ("Roboto Bold",))},
    "linux": {
        "sans": (("DejaVu Sans",), ("DejaVu Sans Bold",)),
        "serif": (("DejaVu Serif",), ("DejaVu Serif Bold",)),
    },
}
_GENERIC = {"sans": "sans-serif", "serif": "Georgia, serif"}
BOLD = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One typeface.  `ascent` and `descent` in % of an em.

    `adjust`: for each local family the size, in %, at which ordinary English takes the room that
    it takes in this face at `weight`; measured over letters by their frequency.
    """

    name: str  # of its file
    kind: str  # sans, serif
    weights: str  # the range inside the file
    weight: int  # at which it is mostly set
    letter: float  # mean width of a letter of running English, in em
    ascent: float
    descent: float
    adjust: tuple[tuple[str, float], ...]

    @property
    def file(self) -> str:
        """Its name in a release; another content is another name."""
        return f"{self.name}.{sha256(font(self.name)).hexdigest()[:10]}.woff2"

    @property
    def stack(self) -> str:
        """The value of `font-family`."""
        fallbacks = [f"{self.name}-{family}" for family, _ in self.adjust]
        return ",".join([f"fd-{self.name}", *fallbacks, _GENERIC[self.kind]])

    def rules(self) -> str:
        """Its @font-face rules, for a style sheet beside the file."""
        source = f"url({self.file}) format('woff2')"
        rules = [
            f"@font-face{{font-family:fd-{self.name};src:{source};font-weight:{self.weights};font-display:swap}}",
        ]
        for family, percent in self.adjust:
            names = _LOCAL[family][self.kind][self.weight >= BOLD]
            scale = percent / 100
            rules.append(
                f"@font-face{{font-family:{self.name}-{family};"
                f"src:{','.join(f'local({name!r})' for name in names)};"
                f"size-adjust:{percent}%;ascent-override:{self.ascent / scale:.1f}%;"
                f"descent-override:{self.descent / scale:.1f}%;line-gap-override:0%"
                f"{';font-weight:100 900' if self.weight >= BOLD else ''}}}"
            )
        return "\n".join(rules) + "\n"


@cache
def font(name: str) -> bytes:
    return (files("content") / "fonts" / f"{name}.woff2").read_bytes()


_FACES = (
    Face(
        name="grotesque",
        kind="sans",
        letter=0.466,
        weights="400 700",
        weight=400,
        ascent=96.6,
        descent=24.6,
        adjust=(
            ("office", 104.8),
            ("android", 104.4),
            ("linux", 91.3),
        ),
    ),
    Face(
        name="sturdy",
        kind="sans",
        letter=0.437,
        weights="600 800",
        weight=700,
        ascent=93.0,
        descent=27.0,
        adjust=(
            ("office", 98.3),
            ("android", 104.8),
            ("linux", 82.0),
        ),
    ),
    Face(
        name="humanist",
        kind="sans",
        letter=0.42,
        weights="400 700",
        weight=400,
        ascent=102.4,
        descent=40.0,
        adjust=(
            ("office", 94.5),
            ("android", 94.1),
            ("linux", 82.3),
        ),
    ),
    Face(
        name="plain",
        kind="sans",
        letter=0.457,
        weights="400 600",
        weight=400,
        ascent=97.0,
        descent=25.0,
        adjust=(
            ("office", 102.9),
            ("android", 102.5),
            ("linux", 89.7),
        ),
    ),
    Face(
        name="modern",
        kind="serif",
        letter=0.459,
        weights="400 500",
        weight=400,
        ascent=112.5,
        descent=40.0,
        adjust=(
            ("office", 113.9),
            ("linux", 89.0),
        ),
    ),
    Face(
        name="rounded",
        kind="sans",
        letter=0.445,
        weights="600 800",
        weight=800,
        ascent=101.1,
        descent=35.3,
        adjust=(
            ("office", 100.1),
            ("android", 106.7),
            ("linux", 83.5),
        ),
    ),
    Face(
        name="reading",
        kind="serif",
        letter=0.47,
        weights="400 700",
        weight=400,
        ascent=100.6,
        descent=27.4,
        adjust=(
            ("office", 116.6),
            ("linux", 91.1),
        ),
    ),
    Face(
        name="book",
        kind="serif",
        letter=0.479,
        weights="400 700",
        weight=400,
        ascent=117.7,
        descent=30.8,
        adjust=(
            ("office", 119.0),
            ("linux", 93.0),
        ),
    ),
    Face(
        name="headline",
        kind="serif",
        letter=0.473,
        weights="400 700",
        weight=700,
        ascent=117.7,
        descent=30.8,
        adjust=(
            ("office", 117.4),
            ("linux", 88.4),
        ),
    ),
)
_BY_NAME = {face.name: face for face in _FACES}
TEXT_FACES = {
    "grotesque": _BY_NAME["grotesque"],
    "humanist": _BY_NAME["humanist"],
    "plain": _BY_NAME["plain"],
    "serif": _BY_NAME["reading"],
    "book": _BY_NAME["book"],
}
DISPLAY_FACES = {
    "grotesque": _BY_NAME["sturdy"],
    "humanist": _BY_NAME["humanist"],
    "plain": _BY_NAME["plain"],
    "serif": _BY_NAME["modern"],
    "rounded": _BY_NAME["rounded"],
    "book": _BY_NAME["headline"],
}
