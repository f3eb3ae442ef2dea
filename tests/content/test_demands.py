"""What real pages of clinics ask of these sites, each by its number (S0-1 …), on the demo clinics.

The other demands stand where their parts are tested: `grep -rn "def test_.*s[0-5]_[0-9]" tests`.
"""

import json
import re

import phonenumbers
import pytest
from bs4 import BeautifulSoup

from content.commands import main
from content.model import Clinic
from content.publishing import compile_directory
from content.schedule import as_of
from content.sites import Addresses
from tests.content.conftest import ARTICLE, CLINIC, Group
from tests.content.demo import NOW, Shown, demo_clinics, file_of, files_of

PERSON = """\
+++
name = "Ana Ruiz"
credentials = "MD"
role = "Physician"
locations = ["weston"]
+++

Sees sore backs.
"""


@pytest.fixture(scope="module")
def clinics() -> dict[str, Clinic]:
    return demo_clinics()


def soup(group: Group, path: str) -> BeautifulSoup:
    clinic = group.catalog().clinic("north")
    assert clinic
    return BeautifulSoup(file_of(as_of(clinic, NOW), path), "html.parser")


def test_s0_1_every_page_of_a_location_has_its_name_address_and_one_phone(
    pages: list[Shown], clinics: dict[str, Clinic]
) -> None:
    seen = 0
    for page in pages:
        found = re.match(r"(?:/es)?/locations/([^/]+)/", page.address)
        place = clinics[page.clinic].location(found[1]) if found else None
        if place is None:
            continue
        seen += 1
        address = f"{place.city}, {place.state} {place.postal_code}"
        for said in (place.name, place.street, address, place.phone_display):
            assert said in page.text, (page, said)
        call = page.soup.select_one("main a[href^='tel:']")
        assert call, page
        assert call["href"] == f"tel:{place.phone}", page
    assert seen > 20


def test_s0_1_footer_data_and_what_alerts_are_made_of_say_the_same(
    group: Group, pages: list[Shown], clinics: dict[str, Clinic]
) -> None:
    del group
    for slug, clinic in clinics.items():
        entry = compile_directory(_Alone(clinic), Addresses(), None)[0]  # type: ignore[arg-type]
        told = {place.slug: place for place in entry.locations}
        mine = {page.address: page for page in pages if page.clinic == slug}
        for place in clinic.locations:
            page = mine[f"/locations/{place.slug}/"]
            footer = [
                " ".join(found.get_text(" ").split())
                for found in page.soup.select("footer address")
                if place.name in found.get_text()
            ]
            assert told[place.slug].phone_display in footer[0]
            assert told[place.slug].street in footer[0]
            [data] = [node for node in _graph(page) if node["@type"] == "MedicalClinic"]
            assert data["telephone"] == told[place.slug].phone
            assert data["address"]["streetAddress"] == told[place.slug].street
            assert data["address"]["postalCode"] == told[place.slug].postal_code


class _Alone:
    """A catalog with one clinic."""

    def __init__(self, clinic: Clinic) -> None:
        self.slugs = (clinic.slug,)
        self._clinic = clinic

    def publishable(self) -> tuple[Clinic, ...]:
        return (self._clinic,)


def _graph(page: Shown) -> list[dict[str, dict[str, str]]]:
    data = page.soup.find("script", type="application/ld+json")
    assert data
    found: list[dict[str, dict[str, str]]] = json.loads(data.get_text())["@graph"]
    return found


def test_s0_2_every_phone_number_is_a_link_that_dials_what_it_shows(pages: list[Shown]) -> None:
    number = re.compile(r"\(\d{3}\) 555-\d{4}")
    for page in pages:
        links = page.soup.select("a[href^='tel:']")
        assert links, page
        for link in links:
            dialed = phonenumbers.parse(str(link["href"]).removeprefix("tel:"))
            shown = number.search(link.get_text())
            if shown:  # the bar says "Call"
                same = phonenumbers.parse(shown[0], "US")
                assert same == dialed, (page, link)
        for text in page.soup.find_all(string=number):
            inside = text.find_parent("a") or text.find_parent(["script", "title", "meta"])
            assert inside or text.find_parent(id="found"), (page, text)


def test_s2_1_every_page_tells_of_taps_also_where_there_is_no_form(pages: list[Shown]) -> None:
    for page in pages:
        assert page.soup.select("script[src^='/assets/taps.'][defer]"), page


def test_s0_3_a_town_without_an_address_is_shown_served_and_never_given_one(
    pages: list[Shown], clinics: dict[str, Clinic]
) -> None:
    served = 0
    for page in pages:
        found = re.fullmatch(r"/locations/([^/]+)/", page.address)
        place = clinics[page.clinic].location(found[1]) if found else None
        if place is None:
            continue
        [data] = [node for node in _graph(page) if node["@type"] == "MedicalClinic"]
        towns = [town for town in place.towns if not town.isdigit() and town != place.city]
        said = [entry["name"] for entry in data.get("areaServed", [])]  # type: ignore[index]
        assert said == towns
        for town in towns:
            served += 1
            assert town in page.text
            assert not any(town in str(a) for a in page.soup.select("address"))
            assert data["address"]["addressLocality"] != town
    assert served >= 6


def test_s0_3_whoever_is_not_sure_names_a_town(pages: list[Shown]) -> None:
    asked = [page for page in pages if page.soup.select_one("form [name=town]")]
    assert {page.clinic for page in asked} == {"foothill", "halvorsen", "ocotillo"}


def test_s0_6_an_article_leads_to_the_appointment_and_is_remembered_there(
    pages: list[Shown], clinics: dict[str, Clinic]
) -> None:
    for page in pages:
        clinic = clinics[page.clinic]
        if "appointment" not in clinic.forms or not page.soup.select("article.article"):
            continue
        button = page.soup.select_one(".next-step a.quiet")
        assert button, page
        prefix = "/es" if page.address.startswith("/es/") else ""
        assert button["href"] == f"{prefix}/appointment/?from={page.address}"


def test_s1_1_two_hundred_locations_are_counted_listed_and_found(group: Group) -> None:
    one = CLINIC.split("[[locations]]")[1]
    many = "".join(
        "[[locations]]"
        + one.replace("weston", f"town-{number}").replace("Weston", f"Town {number}")
        + f"# {number}\n"
        for number in range(200)
    )
    group.write("north/clinic.toml", CLINIC.split("[[locations]]")[0] + many)
    group.write("north/articles/sore-back.md", ARTICLE)
    assert group.mistakes() == []
    page = soup(group, "locations/index.html")
    assert page.select_one(".places-count").get_text() == "200 locations"  # type: ignore[union-attr]
    places = page.select("main section.place")
    names = [place.select_one("h3 a").get_text() for place in places]  # type: ignore[union-attr]
    assert names == [f"Town {number}" for number in range(200)]
    assert "town 7" in str(places[7]["data-find"])
    form = soup(group, "contact/index.html")
    assert len(form.select("select[name=location] option")) == 201  # and "not sure"


def test_s1_1_a_location_is_named_in_words_and_chosen_without_a_script(pages: list[Shown]) -> None:
    for page in pages:
        if page.clinic == "ocotillo" and page.address in {"/", "/locations/"}:
            for place in page.soup.select("main section.place"):
                link = place.select_one("h3 a[href^='/locations/']")
                assert link
                assert link.get_text(strip=True)
                assert not place.select("img[alt]:not([alt=''])")


def test_s1_3_a_person_has_a_page_with_credentials_and_places_and_is_linked(
    pages: list[Shown], clinics: dict[str, Clinic]
) -> None:
    people = [(slug, person) for slug, clinic in clinics.items() for person in clinic.people]
    assert len(people) >= 8
    for slug, person in people:
        mine = {page.address: page for page in pages if page.clinic == slug}
        page = mine[person.address]
        assert page.soup.h1.get_text() == person.full_name
        assert person.license in page.text
        for place in person.locations:
            assert page.soup.select(f"dl.facts a[href='/locations/{place}/']")
            assert mine[f"/locations/{place}/"].soup.select(f"a[href='{person.address}']")


def test_s1_3_whoever_leaves_is_named_nowhere_after_one_action(
    group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    written = group.write("north/articles/sore-back.md", _SIGNED)
    group.write("north/people/ana-ruiz.md", PERSON)
    group.change("north/clinic.toml", "[[loc", '[practitioners]\nana-ruiz = "Ana Ruiz, MD"\n[[loc')
    group.attest(written)
    assert group.mistakes() == []
    assert _pages_with(group, "Ana Ruiz") >= {
        "articles/sore-back/index.html",
        "appointment/index.html",
        "people/index.html",
        "people/ana-ruiz/index.html",
        "locations/weston/index.html",
    }
    assert _leave(group, "north", "ana-ruiz") == 0
    assert "answers 410" in capsys.readouterr().out
    assert group.mistakes() == []
    assert _pages_with(group, "Ana Ruiz") == set()
    clinic = group.catalog().clinic("north")
    assert clinic
    assert clinic.gone == ("/people/ana-ruiz/",)
    [told] = group.notices()
    assert "its review is due: Ana Ruiz, MD has left the clinic" in told
    article = soup(group, "articles/sore-back/index.html")
    assert "Ask one of us or our doctor." in " ".join(article.get_text(" ").split())
    assert _leave(group, "north", "ana-ruiz", "--undo") == 0
    assert len(_pages_with(group, "Ana Ruiz")) >= 5


_SIGNED = ARTICLE.replace(
    "Keep moving.",
    "Keep moving. Ask {{practitioner: one of us}} or [our doctor](/people/ana-ruiz/).\n\n"
    "::: help\nCall 911 if a leg goes weak.\n:::",
).replace("desc", 'practitioner = "ana-ruiz"\ndesc')


def _leave(group: Group, *arguments: str) -> int:
    folders = ("--clinics-dir", str(group.clinics), "--library-dir", str(group.library))
    return main(["leave", *folders, *arguments])


def _pages_with(group: Group, words: str) -> set[str]:
    clinic = group.catalog().clinic("north")
    assert clinic
    files = files_of(as_of(clinic, NOW))
    return {path for path, content in files.items() if words.encode() in content}


def test_s1_3_names_that_a_text_writes_out_are_listed_to_be_changed(
    group: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    group.write("north/people/ana-ruiz.md", PERSON)
    group.change("north/articles/sore-back.md", "Keep moving.", "Ana Ruiz says: keep moving.")
    assert _leave(group, "north", "ana-ruiz") == 0
    assert "sore-back.md:6: names Ana Ruiz in its own words" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("clinic", "person", "says"),
    [
        ("north", "nobody", "people of this clinic: ana-ruiz"),
        ("nowhere", "ana-ruiz", "people of this clinic: nobody"),
    ],
)
def test_s1_3_only_somebody_who_is_there_can_leave(
    group: Group, capsys: pytest.CaptureFixture[str], clinic: str, person: str, says: str
) -> None:
    group.write("north/people/ana-ruiz.md", PERSON)
    assert _leave(group, clinic, person) == 1
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("name", ["here", "Click here", "read more.", "this page"])
@pytest.mark.parametrize("target", ["/locations/", "https://a.example/"])
def test_s1_4_a_link_that_says_nothing_is_named_with_its_line(
    group: Group, name: str, target: str
) -> None:
    group.change(
        "north/articles/sore-back.md", "[our locations](/locations/)", f"[{name}]({target})"
    )
    assert group.mistakes() == []
    [notice] = group.notices()
    assert notice.startswith(f"north/articles/sore-back.md:10: a link that is called {name!r}")


def test_s1_4_no_link_of_a_demo_page_says_nothing(pages: list[Shown]) -> None:
    for page in pages:
        for link in page.soup.select("a[href]:not(template *)"):
            words = link.get_text(" ", strip=True) or str(link.get("aria-label", ""))
            assert words.lower() not in {"", "here", "click here", "more", "read more"}, page


def test_s2_1_a_clinic_by_phone_only_has_no_form_and_says_when_it_answers(
    pages: list[Shown], clinics: dict[str, Clinic]
) -> None:
    for page in pages:
        if page.clinic != "aldine-spine":
            continue
        assert not page.soup.select("form, a[href*='appointment'], a[href*='/contact/?']"), page
    contact = next(p for p in pages if (p.clinic, p.address) == ("aldine-spine", "/contact/"))
    assert clinics["aldine-spine"].phone_display in contact.text
    assert "When the phone is answered" in contact.text
    assert contact.soup.select_one(".hours")


def test_s3_1_beside_the_form_stands_the_phone(pages: list[Shown]) -> None:
    asked = 0
    for page in pages:
        form = page.soup.select_one("form[action^='/leads/requests'] [name=reply_by]")
        if form is None:
            continue
        asked += 1
        assert page.soup.select("main a[href^='tel:']"), page
    assert asked > 20


def test_s3_2_brand_legal_name_and_practitioner_are_three_things(
    group: Group,
) -> None:
    group.change(
        "north/clinic.toml",
        'name = "North Clinic"',
        'name = "North"\nlegal_name = "Northern Medical, LLC"',
    )
    group.write("north/people/ana-ruiz.md", PERSON)
    page = soup(group, "index.html")
    assert page.title
    assert page.title.get_text() == "North"
    assert page.select_one(".legal").get_text() == "© Northern Medical, LLC"  # type: ignore[union-attr]
    assert "Northern Medical" not in str(page.header)
    person = soup(group, "people/ana-ruiz/index.html")
    assert person.title
    assert person.title.get_text() == "Ana Ruiz, MD – North"


def test_s5_1_one_library_reads_as_five_brands(
    pages: list[Shown], clinics: dict[str, Clinic]
) -> None:
    placed = {
        slug: next(a.address for a in clinic.articles if a.library)
        for slug, clinic in clinics.items()
    }
    assert len(placed) == 5
    found = [page for page in pages if placed[page.clinic] == page.address]
    assert len({page.soup.select_one("link[rel=stylesheet]")["href"] for page in found}) == 5  # type: ignore[index]
    assert len({str(page.soup.select_one(".card.help")) for page in found}) == 1
    assert len({page.soup.select_one(".local").get_text() for page in found}) == 5  # type: ignore[union-attr]
    for page in found:
        for slug, other in clinics.items():
            if slug != page.clinic:
                assert other.name not in page.text
