"""Whatever colors a brand has, words, borders and focus rings can be seen on every ground."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from content.colors import READABLE, VISIBLE, contrast
from content.fonts import DISPLAY_FACES, TEXT_FACES, font
from content.model import Theme
from content.palette import Palette, by_day, by_night
from content.theme import faces, style_sheet
from tests.content.conftest import Group

COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
HALVES = [  # light grounds with dark inks, and the reverse
    (st.integers(0xA0, 0xFF), st.integers(0, 0x60)),
    (st.integers(0, 0x60), st.integers(0xA0, 0xFF)),
]


@st.composite
def brands(draw: st.DrawFn) -> Theme:
    ground, words = draw(st.sampled_from(HALVES))

    def color(channel: st.SearchStrategy[int]) -> str:
        return "#" + "".join(f"{draw(channel):02x}" for _ in range(3))

    return Theme(
        paper=color(ground),
        surface=color(ground),
        ink=color(words),
        accent=color(words),
        brand=draw(COLORS),
    )


WORDS = ("ink", "soft", "link", "accent", "danger", "good")
WORDS_IN_HELP = ("ink", "soft", "link", "danger")


def weak_spots(palette: Palette) -> list[str]:
    """Pairs under their ratio (WCAG 2.2: 1.4.3 for words, 1.4.11 for borders)."""
    pairs = [(name, ground, READABLE) for name in WORDS for ground in ("paper", "surface")]
    pairs += [(name, "help", READABLE) for name in WORDS_IN_HELP]
    pairs += [("on_brand", "brand", READABLE), ("on_brand", "hover", READABLE)]
    pairs += [("paper", "danger", READABLE), ("ink", "field", READABLE)]
    pairs += [("ink", "marker", READABLE)]
    pairs += [("edge", ground, VISIBLE) for ground in ("paper", "surface")]
    return [
        f"{front} {getattr(palette, front)} on {ground} {getattr(palette, ground)}"
        for front, ground, ratio in pairs
        if contrast(getattr(palette, front), getattr(palette, ground)) < ratio
    ]


@settings(deadline=None)
@given(theme=brands())
def test_a_brand_that_is_accepted_can_be_read_by_day_and_by_night(theme: Theme) -> None:
    fronts, grounds = (theme.ink, theme.accent), (theme.paper, theme.surface)
    assume(min(contrast(front, ground) for front in fronts for ground in grounds) >= READABLE)
    assert by_day(theme).brand == theme.brand
    assert weak_spots(by_day(theme)) == []
    assert weak_spots(by_night(theme)) == []


def test_colors_that_cannot_be_read_are_a_mistake_with_its_line(group: Group) -> None:
    text = (group.clinics / "north/clinic.toml").read_text()
    group.write("north/clinic.toml", '[theme]\nink = "#999999"\nbrand = "green"\n' + text)
    head = "north/clinic.toml"
    told = [mistake for mistake in group.mistakes() if mistake.startswith(head)]
    assert any(f"{head}:2: ink #999999 on paper has a contrast of 2.8" in line for line in told)
    assert any(f"{head}:3: 'green' is no color" in line for line in told)


@pytest.mark.parametrize(
    "face", list(dict.fromkeys((*TEXT_FACES.values(), *DISPLAY_FACES.values()))), ids=repr
)
def test_every_typeface_has_its_stand_ins(face: object) -> None:
    rules = face.rules()  # type: ignore[attr-defined]
    assert rules.count("font-display:swap") == 1
    assert rules.count("size-adjust") >= 2
    assert font(face.name)[:4] == b"wOF2"  # type: ignore[attr-defined]


def test_a_style_sheet_names_only_typefaces_that_the_site_has() -> None:
    theme = Theme(text_face="serif", display_face="rounded")
    sheet = style_sheet(theme).decode()
    for face in faces(theme):
        assert f"url({face.file})" in sheet
    assert sheet.count("url(") == len(faces(theme))
