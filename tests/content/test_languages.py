"""Pages in Spanish beside the English ones, where a clinic switches them on."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from content.building import build_sites
from content.sites import Addresses
from plumbing.forms import form_environment
from tests.content.conftest import CLINIC, Group

TWO_LANGUAGES = CLINIC.replace(
    'phone = "(559) 555-0101"', 'phone = "(559) 555-0101"\nlanguages = ["en", "es"]'
)
OWN_WORDS = """
[es]
headline = "Sin dolor."
[es.reasons]
pain = "Dolor"
"""


@pytest.fixture
def built(group: Group) -> Path:
    group.write("north/clinic.toml", TWO_LANGUAGES + OWN_WORDS)
    build_sites(group.catalog(), group.sites, Addresses())
    assert group.mistakes() == []
    return group.sites / "hosts" / "north.example" / "current"


def page(folder: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((folder / name).read_text(), "html.parser")


def test_every_page_that_is_no_article_has_a_twin(built: Path) -> None:
    spanish = {
        str(path.parent.relative_to(built / "es")) for path in built.glob("es/**/index.html")
    }
    english = {
        str(path.parent.relative_to(built))
        for path in built.rglob("index.html")
        if "es" not in path.relative_to(built).parts and "articles" not in path.parts
    }
    assert spanish == english


def test_a_closure_is_told_in_spanish_without_the_english_words_for_why(group: Group) -> None:
    closures = '[[locations.closures]]\nfirst = 2099-11-26\nreason = "Thanksgiving"\n'
    group.write("north/clinic.toml", f"{TWO_LANGUAGES}\n{closures}{OWN_WORDS}")
    build_sites(group.catalog(), group.sites, Addresses())
    folder = group.sites / "hosts" / "north.example" / "current"
    for start, why in (("", "Thanksgiving"), ("es/", "")):
        [closed] = page(folder, f"{start}locations/weston/index.html").select(".closures li")
        assert "26" in closed.text
        assert ("Thanksgiving" in closed.text) == bool(why)


def test_a_clinic_with_one_language_has_no_twin_and_no_switch(group: Group) -> None:
    build_sites(group.catalog(), group.sites, Addresses())
    folder = group.sites / "hosts" / "north.example" / "current"
    assert not (folder / "es").exists()
    assert not page(folder, "contact/index.html").select("[hreflang]")


def test_twins_name_each_other(built: Path) -> None:
    for name in ("contact/index.html", "es/contact/index.html"):
        links = page(built, name).select("link[hreflang]")
        assert {(str(link["hreflang"]), str(link["href"])) for link in links} == {
            ("en", "https://north.example/contact/"),
            ("es", "https://north.example/es/contact/"),
            ("x-default", "https://north.example/contact/"),
        }
    [to_spanish] = page(built, "contact/index.html").select("header a[hreflang]")
    assert (to_spanish["href"], to_spanish["lang"]) == ("/es/contact/", "es")
    [to_english] = page(built, "es/contact/index.html").select("header a[hreflang]")
    assert (to_english["href"], to_english.text) == ("/contact/", "English")


def test_a_spanish_page_says_so_and_leads_on_in_spanish(built: Path) -> None:
    home = page(built, "es/index.html")
    assert home.html is not None
    assert home.html["lang"] == "es"
    assert home.select_one("link[rel=canonical]")["href"] == "https://north.example/es/"  # type: ignore[index]
    paths = {str(link["href"]).split("?")[0] for link in home.select('a[href^="/"]')}
    there = {f"/es/{name}" for name in ("", "contact/", "privacy/", "accessibility/")}
    assert there <= paths
    assert paths - {path for path in paths if path.startswith("/es/")} == {"/"}  # the switch


def test_the_spanish_form_sends_its_language_and_the_clinics_own_words(built: Path) -> None:
    form = page(built, "es/appointment/index.html")
    assert form.select_one("[name=language]")["value"] == "es"  # type: ignore[index]
    assert "Dolor" in form.text
    assert form.select_one("button[type=submit]").text == "Enviar solicitud"  # type: ignore[union-attr]
    english = page(built, "appointment/index.html")
    versions = {str(found.select_one("[name=form]")["value"]) for found in (form, english)}  # type: ignore[index]
    assert len(versions) == 2


def test_no_word_of_the_interface_stays_english(built: Path) -> None:
    """A text that is the same on both pages is the clinic's own, a number or a name."""
    for name in ("contact/index.html", "appointment/index.html", "locations/weston/index.html"):
        english = set(page(built, name).stripped_strings)
        spanish = set(page(built, f"es/{name}").stripped_strings)
        same = {text for text in english & spanish if not any(sign.isdigit() for sign in text)}
        own = {"North Clinic", "© North Clinic", "Weston", "Weston, CA", "Weston – North Clinic"}
        assert same <= own | {"English", "Español", "html", "(", ")", "Error:"}, same


def test_thanks_and_error_pages_are_there_in_both(built: Path) -> None:
    template = (built / "_forms/es/thanks.html").read_text()
    thanks = form_environment().from_string(template).render(valid=False)
    assert "Aquí no hay nada que mostrar" in thanks
    for code in (404, 413, 429, 503):
        text = (built / "_errors" / "es" / f"{code}.html").read_text()
        assert 'lang="es"' in text
        assert "(559) 555-0101" in text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ('["en", "fr"]', "no words in 'fr'"),
        ('["es"]', "English is missing"),
        ('["en"]', "[es] is there, but its pages are not switched on"),
    ],
)
def test_a_language_that_cannot_be_is_a_mistake_with_its_line(
    group: Group, wrong: str, message: str
) -> None:
    group.write("north/clinic.toml", TWO_LANGUAGES.replace('["en", "es"]', wrong) + OWN_WORDS)
    assert any(message in mistake for mistake in group.mistakes()), group.mistakes()


def test_a_link_to_a_form_takes_along_which_page_led_there(group: Group) -> None:
    group.change("north/articles/sore-back.md", "(/locations/)", "(/contact/)")
    build_sites(group.catalog(), group.sites, Addresses())
    folder = group.sites / "hosts" / "north.example" / "current"
    article = page(folder, "articles/sore-back/index.html")
    links = {str(link["href"]) for link in article.select("main a") if "/contact" in link["href"]}
    assert links == {"/contact/?from=/articles/sore-back/"}
    button = article.select_one(".next-step a.button.quiet")
    assert button is not None
    assert button["href"] == "/appointment/?from=/articles/sore-back/"


def test_a_form_does_not_pass_itself_off_as_the_page_that_led_to_it(group: Group) -> None:
    build_sites(group.catalog(), group.sites, Addresses())
    folder = group.sites / "hosts" / "north.example" / "current"
    links = page(folder, "contact/index.html").select("a[href]")
    assert not [link["href"] for link in links if "from=" in str(link["href"])]
