"""Drawings: SVG files of a clinic or of this package, checked so that they are nothing but shapes.

Colors are named by the palette (`fill="var(--accent)"`, content.palette), so that one drawing wears
every brand, by day and by night.
"""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from content.model import Theme
from content.palette import by_day, by_night

SVG = "http://www.w3.org/2000/svg"
# fmt: off
SHAPES = {
    "svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "text", "tspan",
    "title", "desc", "defs", "linearGradient", "radialGradient", "stop", "clipPath",
}
ATTRIBUTES = {
    "viewBox", "width", "height", "d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2",
    "y2", "dx", "dy", "points", "transform", "id", "offset", "gradientUnits", "gradientTransform",
    "fill", "stroke", "opacity", "color", "stop-color", "stop-opacity", "fill-opacity",
    "stroke-opacity", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray",
    "fill-rule", "clip-rule", "clip-path", "font-size", "font-weight", "font-family",
    "text-anchor", "letter-spacing", "paint-order",
}
# fmt: on
_VIEW_BOX = re.compile(r"0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)")
_INSIDE = re.compile(r"url\(#[\w-]+\)")


class NotADrawing(ValueError):  # noqa: N818 - what it is, said to the person who drew it
    """The message says what is in the way."""


def read_drawing(text: str) -> str:
    """The drawing in `text` as one line of markup; raises NotADrawing."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise NotADrawing("cannot be read as SVG") from error
    if root.tag != f"{{{SVG}}}svg":
        raise NotADrawing("does not begin with <svg xmlns=…>")
    size_of(root.get("viewBox", ""))
    return _written(root)


def size_of(view_box: str) -> tuple[float, float]:
    """(width, height) of a viewBox that begins at 0 0."""
    match = _VIEW_BOX.fullmatch(view_box)
    if match is None:
        raise NotADrawing('has no viewBox="0 0 width height"')
    return float(match.group(1)), float(match.group(2))


def as_file(drawing: str, theme: Theme) -> bytes:
    """`drawing` as a file of its own in the brand's colors, light and dark."""
    style = (
        f"<style>:root{{{by_day(theme).tokens()}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{by_night(theme).tokens()}}}}}</style>"
    )
    head, shapes = drawing.split(">", 1)
    return f"{head}>{style}{shapes}".encode()


def inline(drawing: str, name: str) -> str:
    """`drawing` for the middle of a page, with a class and silent for screen readers."""
    return drawing.replace(
        f'<svg xmlns="{SVG}"', f'<svg class="{name}" aria-hidden="true" focusable="false"', 1
    )


def _written(element: Element) -> str:
    tag = element.tag.removeprefix(f"{{{SVG}}}") if isinstance(element.tag, str) else ""
    if tag not in SHAPES:
        raise NotADrawing(f"holds <{tag.rsplit('}', 1)[-1]}>, which is no shape")
    attributes = f' xmlns="{SVG}"' if tag == "svg" else ""
    for name, value in element.attrib.items():
        if name not in ATTRIBUTES:
            raise NotADrawing(f"holds the attribute {name.rsplit('}', 1)[-1]!r}")
        if "url(" in value and not _INSIDE.fullmatch(value):
            raise NotADrawing("points outside itself")
        attributes += f' {name}="{_escaped(value)}"'
    inside = _escaped((element.text or "").strip())
    for child in element:
        inside += _written(child) + _escaped((child.tail or "").strip())
    return f"<{tag}{attributes}>{inside}</{tag}>" if inside else f"<{tag}{attributes}/>"


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
