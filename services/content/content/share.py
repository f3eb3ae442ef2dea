"""The picture that other sites show beside a link to one of ours: one per brand, made as PNG.

One per clinic and not per page: drawing takes 50 ms, and the page's title stands beside it anyway.
"""

from functools import lru_cache
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from content.fonts import font
from content.model import Clinic, Theme
from content.palette import by_day
from content.theme import faces

SIZE = (1200, 630)  # what the large cards of all common services are cut to
MARGIN = 90
LEADING = 1.15
BAR = 18


def share_path(clinic: Clinic) -> str:
    """Its address; another look or other words are another name."""
    said = f"{clinic.theme!r}{clinic.name}{clinic.headline}"
    return f"/assets/share.{sha256(said.encode()).hexdigest()[:10]}.png"


def share_card(clinic: Clinic) -> bytes:
    """The clinic's name and headline in its colors and its typeface."""
    headline = clinic.headline if clinic.headline != clinic.name else ""
    return _card(clinic.theme, clinic.name, headline)


@lru_cache(maxsize=64)
def _card(theme: Theme, name: str, headline: str) -> bytes:
    picture = Image.new("RGB", SIZE, theme.brand)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, SIZE[1] - BAR, *SIZE), fill=theme.accent)
    top = float(MARGIN)
    for text, size, most, gap in ((name, 110, 3, 30), (headline, 44, 3, 0)):
        face = _face(theme, size)
        for line in _lines(text, face)[:most]:
            draw.text((MARGIN, top), line, fill=by_day(theme).on_brand, font=face)
            top += size * LEADING
        top += gap
    made = BytesIO()
    picture.save(made, "PNG", optimize=True)
    return made.getvalue()


def _lines(text: str, face: ImageFont.FreeTypeFont) -> list[str]:
    """`text` in lines that fit between the margins."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= SIZE[0] - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def _face(theme: Theme, size: int) -> ImageFont.FreeTypeFont:
    """The brand's display face; the last of its faces is the one for headings."""
    return ImageFont.truetype(BytesIO(font(faces(theme)[-1].name)), size)
