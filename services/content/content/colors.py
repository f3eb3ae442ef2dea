"""Colors of a brand, and whether words on them can be read (WCAG 2.2)."""

import re
from dataclasses import replace

from content.model import Theme
from content.tables import Table

READABLE = 4.5  # contrast of body text
FACES = ("grotesque", "humanist", "serif", "rounded", "book")
_HEX = re.compile(r"#[0-9a-f]{6}")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two #rrggbb colors, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def read_theme(table: Table) -> Theme:
    base = Theme()
    theme = Theme(
        paper=_color(table, "paper", base.paper),
        ink=_color(table, "ink", base.ink),
        brand=_color(table, "brand", base.brand),
        accent=_color(table, "accent", base.accent),
        surface=_color(table, "surface", base.surface),
        text_face=table.choice("text_face", FACES, base.text_face),
        display_face=table.choice("display_face", FACES, base.display_face),
        corners=table.choice("corners", ("square", "soft", "round"), base.corners),
        density=table.choice("density", ("compact", "regular", "airy"), base.density),
        header=table.choice("header", ("bar", "quiet"), base.header),
        home=table.choice("home", ("articles", "towns", "number"), base.home),
        art=table.choice("art", ("none", "map", "spine"), base.art),
    )
    table.finish()
    _check_readable(table, theme)
    return replace(theme, on_brand=_on_brand(table, theme), link=_link(theme))


def _check_readable(table: Table, theme: Theme) -> None:
    for key, color in (("ink", theme.ink), ("accent", theme.accent)):
        for ground in ("paper", "surface"):
            ratio = contrast(color, getattr(theme, ground))
            if ratio < READABLE:
                what = f"{key} {color} on {ground} has a contrast of {ratio:.1f}"
                table.wrong(key, what, f"choose colors that differ by at least {READABLE}")


def _on_brand(table: Table, theme: Theme) -> str:
    """The text color on the brand color: the brand's own paper or ink, else white or black."""
    for text in (theme.paper, "#ffffff", theme.ink, "#000000"):
        if contrast(theme.brand, text) >= READABLE:
            return text
    table.wrong("brand", f"no text can be read on {theme.brand}", "choose a darker brand color")
    return "#000000"


def _link(theme: Theme) -> str:
    readable = all(
        contrast(theme.brand, ground) >= READABLE for ground in (theme.paper, theme.surface)
    )
    return theme.brand if readable else theme.ink


def _color(table: Table, key: str, default: str) -> str:
    value = table.text(key, default).lower()
    if not _HEX.fullmatch(value):
        table.wrong(key, f"{value!r} is no color", "write it like #1d4a36")
        return default
    return value


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
