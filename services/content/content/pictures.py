"""Pictures of a clinic's `pictures/` folder, and this package's drawings, for its pages.

A photograph is brought to the widths that screens need, as AVIF and WebP with a JPEG or PNG for
browsers that know neither; a page reserves its room, so that nothing moves.  A drawing is SVG
(content.svg).
"""

import io
import math
from collections.abc import Callable, Iterable
from functools import cache, lru_cache, partial
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from content.mistakes import Mistakes
from content.model import Picture, Theme
from content.svg import NotADrawing, as_file, read_drawing, size_of

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_DRAWING_BYTES = 256 * 1024
WIDTHS = (480, 800, 1200, 1600)
FORMATS = {
    "JPEG": ("jpg", "JPEG"),
    "PNG": ("png", "PNG"),
    "WEBP": ("jpg", "JPEG"),
    "AVIF": ("jpg", "JPEG"),
}
SUFFIXES = (".avif", ".jpeg", ".jpg", ".png", ".svg", ".webp")
DRAWING = "drawing:"  # ![…](drawing:spine) is one of this package's own
SIZES = "(min-width: 48rem) 40rem, 100vw"


def read_pictures(folder: Path, mistakes: Mistakes, *, holds: str) -> tuple[Picture, ...]:
    """Every picture of `folder` by name; what is none is a mistake."""
    if not folder.is_dir():
        return ()
    pictures = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        try:
            pictures.append(_read(path))
        except NotADrawing as error:
            remedy = "save it as a plain SVG of shapes, or as PNG"
            mistakes.add(path, 1, str(error), remedy, holds=holds)
        except ValueError as error:
            remedy = f"put a picture here ({', '.join(SUFFIXES)}), or remove it"
            mistakes.add(path, 1, str(error), remedy, holds=holds)
        except OSError as error:
            reason = error.strerror or "it is damaged"
            mistakes.add(path, 1, f"cannot be read: {reason}", "save it again", holds=holds)
    return tuple(pictures)


def read_logo(path: Path, mistakes: Mistakes, *, holds: str) -> Picture | None:
    """The clinic's mark; None (and a mistake) where it is no drawing."""
    if not path.is_file():
        return None
    try:
        return _read(path)
    except ValueError as error:
        remedy = "save it as a plain SVG of shapes, or remove it"
        mistakes.add(path, 1, str(error), remedy, holds=holds)
        return None


@cache
def drawings() -> tuple[Picture, ...]:
    """The drawings that every clinic may use: `![words](drawing:NAME)`."""
    folder = files("content") / "drawings"
    return tuple(
        _drawing(f"{DRAWING}{entry.name.removesuffix('.svg')}", entry.read_bytes())
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".svg")
    )


def picture_named(pictures: Iterable[Picture], source: str) -> Picture | None:
    """The picture that a page names as `source`: `drawing:spine`, `pictures/house.jpg`."""
    name = source.removeprefix("pictures/").removeprefix("/pictures/")
    return next((picture for picture in (*pictures, *drawings()) if picture.name == name), None)


def picture_files(picture: Picture, theme: Theme) -> dict[str, Callable[[], bytes]]:
    """How to make each file of `picture`: its path in a release -> its bytes."""
    if picture.drawing:
        content = as_file(picture.drawing, theme)
        return {drawing_path(picture, theme).removeprefix("/"): lambda: content}
    kinds = ("avif", "webp", picture.suffix)
    return {
        f"{_stem(picture)}-{width}.{kind}": partial(
            _scaled, picture.path, picture.digest, width, kind
        )
        for width in _widths(picture)
        for kind in kinds
    }


def picture_html(
    picture: Picture,
    theme: Theme,
    alt: str,
    *,
    css: str = "",
    sizes: str = SIZES,
    lazy: bool = True,
) -> str:
    """`picture` with `alt` for those who do not see it."""
    named = f'class="{css}" ' if css else ""
    about = f'{named}alt="{escape(alt)}" width="{picture.width}" height="{picture.height}"'
    about += ' loading="lazy" decoding="async"' if lazy else ' decoding="async"'
    if picture.drawing:
        return f'<img src="{drawing_path(picture, theme)}" {about}>'
    widths = _widths(picture)
    sets = {
        kind: ", ".join(f"/{_stem(picture)}-{width}.{kind} {width}w" for width in widths)
        for kind in ("avif", "webp", picture.suffix)
    }
    sources = "".join(
        f'<source type="image/{kind}" srcset="{sets[kind]}" sizes="{sizes}">'
        for kind in ("avif", "webp")
    )
    plain = f"/{_stem(picture)}-{widths[min(1, len(widths) - 1)]}.{picture.suffix}"
    image = f'<img src="{plain}" srcset="{sets[picture.suffix]}" sizes="{sizes}" {about}>'
    return f"<picture>{sources}{image}</picture>"


def drawing_path(picture: Picture, theme: Theme) -> str:
    name = picture.name.removeprefix(DRAWING).removesuffix(".svg")
    digest = sha256(as_file(picture.drawing, theme)).hexdigest()[:10]
    return f"/assets/{name}.{digest}.svg"


def _read(path: Path) -> Picture:
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError("is no picture")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"is over {MAX_BYTES // 1024**2} MB")
    content = path.read_bytes()
    if path.suffix.lower() == ".svg":
        return _drawing(path.name, content)
    return _photograph(path, content)


def _drawing(name: str, content: bytes) -> Picture:
    if len(content) > MAX_DRAWING_BYTES:
        raise NotADrawing(f"is over {MAX_DRAWING_BYTES // 1024} KB")
    try:
        drawing = read_drawing(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotADrawing("is not UTF-8 text") from error
    view_box = drawing.split('viewBox="', 1)[1].split('"', 1)[0]
    width, height = size_of(view_box)
    digest = sha256(content).hexdigest()[:10]
    return Picture(
        name=name, width=round(width), height=round(height), digest=digest, drawing=drawing
    )


def _photograph(path: Path, content: bytes) -> Picture:
    try:
        with Image.open(io.BytesIO(content)) as image:
            kind, (width, height) = image.format or "", image.size
            if kind not in FORMATS:
                raise ValueError(f"is a picture of the kind {kind or 'unknown'}")
            if width * height > MAX_PIXELS:
                raise ValueError(f"has over {MAX_PIXELS // 10**6} million pixels")
            image.load()  # all of it: a file that is cut short is found now
            width, height = ImageOps.exif_transpose(image).size
    except UnidentifiedImageError as error:
        raise ValueError("is a picture by its name only") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"has over {MAX_PIXELS // 10**6} million pixels") from error
    except (OSError, SyntaxError) as error:
        raise ValueError("is a damaged picture") from error
    return Picture(
        name=path.name,
        width=width,
        height=height,
        digest=sha256(content).hexdigest()[:10],
        path=str(path),
        suffix=FORMATS[kind][0],
    )


def _widths(picture: Picture) -> tuple[int, ...]:
    """The widths up to the picture's own; nothing is blown up."""
    smaller = (width for width in WIDTHS if width < picture.width)
    return (*smaller, picture.width) if picture.width <= WIDTHS[-1] else tuple(smaller)


def _stem(picture: Picture) -> str:
    return f"assets/{picture.name.rsplit('.', 1)[0]}.{picture.digest}"


@lru_cache(maxsize=256)
def _scaled(path: str, digest: str, width: int, kind: str) -> bytes:
    """`digest` is in the arguments so that a picture with new content is made anew."""
    content = Path(path).read_bytes()
    if sha256(content).hexdigest()[:10] != digest:
        raise ValueError("changed while it was read")
    with Image.open(io.BytesIO(content)) as opened:
        image = ImageOps.exif_transpose(opened)
        height = max(1, math.ceil(image.height * width / image.width))
        image = image.resize((width, height), Image.Resampling.LANCZOS)
        made = io.BytesIO()
        if kind == "png":
            image.save(made, "PNG", optimize=True)
        elif kind == "jpg":
            image.convert("RGB").save(made, "JPEG", quality=78, progressive=True, optimize=True)
        else:
            mode = "RGBA" if image.has_transparency_data else "RGB"
            image.convert(mode).save(made, kind.upper(), quality=60 if kind == "avif" else 74)
    return made.getvalue()
