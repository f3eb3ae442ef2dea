"""Colors of a brand, and whether words on them can be read (WCAG 2.2)."""

import re

from content.fonts import DISPLAY_FACES, TEXT_FACES
from content.model import Theme
from content.tables import Table

READABLE = 4.5  # contrast of text (1.4.3)
VISIBLE = 3.0  # contrast of a border or a focus ring that carries meaning (1.4.11)
HEADERS = ("bar", "quiet", "band", "plain", "masthead")
HOMES = ("articles", "towns", "number", "picker", "portrait", "reading")
ARTS = ("none", "line", "map", "spine")
_HEX = re.compile(r"#[0-9a-f]{6}")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two #rrggbb colors, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """`one` with a `share` (0 to 1) of `other` in it.

    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def read_theme(table: Table) -> Theme:
    base = Theme()
    theme = Theme(
        paper=_color(table, "paper", base.paper),
        ink=_color(table, "ink", base.ink),
        brand=_color(table, "brand", base.brand),
        accent=_color(table, "accent", base.accent),
        surface=_color(table, "surface", base.surface),
        text_face=table.choice("text_face", TEXT_FACES, base.text_face),
        display_face=table.choice("display_face", DISPLAY_FACES, base.display_face),
        corners=table.choice("corners", ("square", "soft", "round"), base.corners),
        density=table.choice("density", ("compact", "regular", "airy"), base.density),
        header=table.choice("header", HEADERS, base.header),
        home=table.choice("home", HOMES, base.home),
        art=table.choice("art", ARTS, base.art),
    )
    table.finish()
    _check_readable(table, theme)
    return theme


def _check_readable(table: Table, theme: Theme) -> None:
    for key, color in (("ink", theme.ink), ("accent", theme.accent)):
        for ground in ("paper", "surface"):
            ratio = contrast(color, getattr(theme, ground))
            if ratio < READABLE:
                what = f"{key} {color} on {ground} has a contrast of {ratio:.1f}"
                table.wrong(key, what, f"choose colors that differ by at least {READABLE}")


def _color(table: Table, key: str, default: str) -> str:
    value = table.text(key, default).lower()
    if not _HEX.fullmatch(value):
        table.wrong(key, f"{value!r} is no color", "write it like #1d4a36")
        return default
    return value


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
