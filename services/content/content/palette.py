"""All colors of a brand's pages, by day and by night, made of the five that its file names.

The brand color stays as it is; what stands on it is chosen.  Wherever words, borders or focus rings
meet a ground, the color is moved toward its far end until it can be read there (content.colors).
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache

from content.colors import READABLE, VISIBLE, contrast, mix
from content.model import Theme

WHITE, BLACK = "#ffffff", "#000000"
NIGHT = 17.5  # contrast of the dark ground with white: dark, and not a hole
FAINT = 2.0  # a brand color under this contrast with paper is a marker, not an ink
STEPS = tuple(step / 20 for step in range(21))


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Each is #rrggbb and a custom property of the style sheet (`on_brand` is `--on-brand`)."""

    paper: str
    ink: str
    surface: str  # cards, the footer
    soft: str  # text that matters less
    line: str  # only ornament
    edge: str  # borders that must be seen: fields
    field: str  # the ground of a field
    brand: str
    hover: str  # the brand color under the pointer
    on_brand: str
    marker: str  # the brand color as a highlighter below words
    link: str
    accent: str
    danger: str
    help: str  # the ground of a card that says where to get help now
    good: str

    def tokens(self) -> str:
        return ";".join(
            f"--{name.replace('_', '-')}:{value}" for name, value in asdict(self).items()
        )


@lru_cache(maxsize=64)
def by_day(theme: Theme) -> Palette:
    return _palette(
        theme, paper=theme.paper, ink=theme.ink, surface=theme.surface, brand=theme.brand
    )


@lru_cache(maxsize=64)
def by_night(theme: Theme) -> Palette:
    """The same brand on a dark ground with a breath of its own ink."""
    paper = _toward(BLACK, mix(theme.ink, theme.brand, 0.3), lambda c: contrast(c, WHITE) < NIGHT)
    ink = mix(WHITE, mix(theme.surface, paper, 0.1), 0.6)
    surface = mix(paper, ink, 0.09)
    brand = _readable(theme.brand, (paper,), WHITE, VISIBLE)
    return _palette(theme, paper=paper, ink=ink, surface=surface, brand=brand)


def _palette(theme: Theme, *, paper: str, ink: str, surface: str, brand: str) -> Palette:
    far = max(BLACK, WHITE, key=lambda end: contrast(paper, end))
    grounds = (paper, surface)
    danger = _readable("#a51d1d", grounds, far)
    help_ground = mix(paper, danger, 0.06 if far == BLACK else 0.1)
    ink = _readable(ink, (*grounds, help_ground), far)
    on_brand, hover = _on(brand, (theme.paper, WHITE, theme.ink, BLACK))
    return Palette(
        paper=paper,
        ink=ink,
        surface=surface,
        soft=_readable(mix(ink, paper, 0.3), (*grounds, help_ground), ink),
        line=mix(paper, ink, 0.16),
        edge=_readable(mix(paper, ink, 0.45), grounds, ink, VISIBLE),
        field=WHITE if far == BLACK else mix(paper, WHITE, 0.04),
        brand=brand,
        hover=hover,
        on_brand=on_brand,
        marker=_readable(brand, (ink,), paper),
        link=_readable(_pen(theme, ink), (*grounds, help_ground), far),
        accent=_readable(theme.accent, grounds, far),
        danger=_readable(danger, (*grounds, help_ground), far),
        help=help_ground,
        good=_readable("#1e6b3c", grounds, far),
    )


def _pen(theme: Theme, ink: str) -> str:
    return theme.brand if contrast(theme.brand, theme.paper) >= FAINT else ink


def _on(brand: str, candidates: Iterable[str]) -> tuple[str, str]:
    """(the text color on `brand`, `brand` under the pointer).

    White or black can be read on any color: the lower of the two contrasts is never under 4.58.
    """
    text = next(color for color in candidates if contrast(brand, color) >= READABLE)
    away = BLACK if contrast(text, WHITE) < contrast(text, BLACK) else WHITE
    return text, mix(brand, away, 0.18)


def _readable(color: str, grounds: Iterable[str], far: str, ratio: float = READABLE) -> str:
    """`color`, as little as needed of `far` in it, so that it keeps `ratio` on every ground."""
    grounds = tuple(grounds)
    mixed = (mix(color, far, step) for step in STEPS)
    return next((c for c in mixed if all(contrast(c, g) >= ratio for g in grounds)), far)


def _toward(start: str, end: str, stops: Callable[[str], bool]) -> str:
    last = start
    for step in STEPS:
        color = mix(start, end, step)
        if stops(color):
            return last
        last = color
    return last
