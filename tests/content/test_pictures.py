"""Pictures and drawings of a clinic, and the clear word for what is none."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from content.pictures import drawings, picture_files
from content.render import Site, site_makers
from content.svg import NotADrawing, read_drawing
from tests.content.conftest import ARTICLE, Group

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><path d="M0 0h9"/></svg>'
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "onload": '<path d="M0 0" onload="alert(1)"/>',
    "foreignObject": "<foreignObject><p>hello</p></foreignObject>",
    "href": '<a href="https://elsewhere.example"><path d="M0 0"/></a>',
    "outside": '<path fill="url(https://elsewhere.example/x)"/>',
    "image": '<image width="1" height="1"/>',
    "style": "<style>*{fill:red}</style>",
}


def photograph(width: int = 1000, height: int = 500, kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(made, kind)
    return made.getvalue()


def small_file_of(width: int, height: int) -> bytes:
    """Black: the file is a few KB, its pixels would fill the memory."""
    made = io.BytesIO()
    Image.new("1", (width, height)).save(made, "PNG")
    return made.getvalue()


def files_of(group: Group) -> dict[str, bytes]:
    [clinic] = group.catalog().clinics
    site = Site(clinic=clinic, host="north.example", base_url="https://north.example")
    return {path: make() for path, make in site_makers(site).items()}


def with_picture(group: Group, name: str, words: str = "The door of the clinic.") -> None:
    group.write("north/articles/sore-back.md", f"{ARTICLE}\n![{words}](pictures/{name})\n")


def test_a_photograph_comes_in_the_widths_that_screens_need(group: Group) -> None:
    group.write("north/pictures/door.jpg", photograph())
    with_picture(group, "door.jpg")
    assert group.mistakes() == []
    files = files_of(group)
    page = files["articles/sore-back/index.html"].decode()
    assert 'alt="The door of the clinic." width="1000" height="500"' in page
    named = set(re.findall(r"/(assets/door\.[\w.-]+)", page))
    assert {(name.rsplit("-", 1)[1]) for name in named} == {
        f"{width}.{kind}" for width in (480, 800, 1000) for kind in ("avif", "webp", "jpg")
    }
    for name in named:
        with Image.open(io.BytesIO(files[name])) as image:
            assert image.width == int(re.search(r"-(\d+)\.", name).group(1))  # type: ignore[union-attr]
            assert image.height * 2 == image.width


def test_a_photograph_is_turned_as_the_camera_held_it(group: Group) -> None:
    made = io.BytesIO()
    image = Image.new("RGB", (200, 100))
    exif = image.getexif()
    exif[0x0112] = 6  # orientation: turned by a quarter
    image.save(made, "JPEG", exif=exif)
    group.write("north/pictures/tall.jpg", made.getvalue())
    [clinic] = group.catalog().clinics
    [picture] = clinic.pictures
    assert (picture.width, picture.height) == (100, 200)
    made_now = {path: make() for path, make in picture_files(picture, clinic.theme).items()}
    for content in made_now.values():
        with Image.open(io.BytesIO(content)) as image:
            assert image.size == (100, 200)
            assert not image.getexif().get(0x8825)  # no place where it was taken


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("note.txt", b"hello", "is no picture"),
        ("door.jpg", b"not a picture at all", "is a picture by its name only"),
        ("door.png", photograph(kind="PNG")[:-400], "is a damaged picture"),
        ("door.jpg", photograph(kind="GIF"), "is a picture of the kind GIF"),
        ("door.jpg", b"\xff\xd8" + bytes(20 * 1024**2), "is over 20 MB"),
        ("door.png", small_file_of(9_000, 6_000), "has over 50 million pixels"),
        ("door.png", small_file_of(12_000, 10_000), "has over 50 million pixels"),
        ("door.png", small_file_of(20_000, 10_000), "has over 50 million pixels"),
        ("logo.svg", b"<svg", "cannot be read as SVG"),
        ("logo.svg", b"<p>hello</p>", "does not begin with <svg"),
        ("logo.svg", DRAWING.replace("viewBox", "id").encode(), "has no viewBox"),
    ],
)
def test_what_is_no_picture_is_a_mistake(
    group: Group, name: str, content: bytes, said: str
) -> None:
    group.write(f"north/pictures/{name}", content)
    [told] = group.mistakes()
    assert told.startswith(f"north/pictures/{name}:1: {said}")


@pytest.mark.parametrize("part", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_drawing_is_nothing_but_shapes(part: str) -> None:
    with pytest.raises(NotADrawing):
        read_drawing(DRAWING.replace("</svg>", f"{part}</svg>"))


def test_a_drawing_with_a_bomb_of_entities_is_refused() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + DRAWING
    with pytest.raises(NotADrawing):
        read_drawing(bomb)


def test_a_picture_that_is_not_there_is_a_mistake_with_its_line(group: Group) -> None:
    with_picture(group, "gone.jpg")
    [told] = group.mistakes()
    assert re.match(r"north/articles/sore-back.md:\d+: there is no picture 'pictures/gone", told)


def test_a_picture_without_words_is_a_mistake(group: Group) -> None:
    group.write("north/pictures/door.jpg", photograph())
    with_picture(group, "door.jpg", words="")
    [told] = group.mistakes()
    assert "a picture without words for those who do not see it" in told


def test_each_drawing_of_the_package_wears_the_colors_of_the_brand(group: Group) -> None:
    assert len(drawings()) >= 5
    text = f"{ARTICLE}\n![A spine from the side.](drawing:spine)\n"
    group.write("north/articles/sore-back.md", text)
    group.change("north/clinic.toml", "[forms]", '[theme]\nbrand = "#123456"\n[forms]')
    assert group.mistakes() == []
    files = files_of(group)
    [drawing] = [path for path in files if path.startswith("assets/spine.")]
    assert b"--brand:#123456" in files[drawing]
    assert b"prefers-color-scheme:dark" in files[drawing]
    assert f'src="/{drawing}"' in files["articles/sore-back/index.html"].decode()


def test_only_pictures_that_a_page_shows_are_built(group: Group, tmp_path: Path) -> None:
    group.write("north/pictures/door.jpg", photograph())
    assert not [path for path in files_of(group) if "door" in path or "spine" in path]
