"""Every page of every demo clinic as a search engine sees it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import phonenumbers
from bs4 import BeautifulSoup
from PIL import Image

from content.render import Site, site_files
from tests.content.conftest import ARTICLE, Group
from tests.content.demo import Shown, Sites, base_of

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
# schema.org 29: what we use, none of it superseded or pending there
TERMS = json.loads((Path(__file__).parent / "schema_terms.json").read_text())


def meta(soup: BeautifulSoup, **which: str) -> str:
    [found] = soup.find_all("meta", attrs=which)
    return str(found["content"])


def test_each_page_has_one_title_description_and_heading(pages: list[Shown]) -> None:
    assert len({page.clinic for page in pages}) == 5
    for page in pages:
        soup = page.soup
        assert soup.title, page
        assert 5 <= len(soup.title.get_text()) <= 120, page
        assert 10 <= len(meta(soup, name="description")) <= 400, page
        assert len(soup.find_all("h1")) == 1, page
        assert soup.html, page
        assert soup.html["lang"] == ("es" if page.address.startswith("/es/") else "en"), page


def test_no_two_pages_of_a_site_have_the_same_title(pages: list[Shown]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for page in pages:
        soup = page.soup
        title = (page.clinic, str(soup.html["lang"]), soup.title.get_text())  # type: ignore[index,union-attr]
        assert title not in seen, page
        seen.add(title)


def test_canonical_names_the_page_itself_or_the_chosen_one(pages: list[Shown]) -> None:
    known = {f"{page.base}{page.address}" for page in pages}
    for page in pages:
        [link] = page.soup.find_all("link", rel="canonical")
        assert link["href"] in known, page
        if "noindex" not in page.html and not page.address.startswith("/articles/"):
            assert link["href"] == f"{page.base}{page.address}"


def test_spanish_twins_name_each_other(pages: list[Shown]) -> None:
    by_url = {f"{page.base}{page.address}": page for page in pages}
    for page in pages:
        twins = {link["hreflang"]: link["href"] for link in page.soup.select("link[hreflang]")}
        if page.address.startswith("/es/"):
            assert set(twins) == {"en", "es", "x-default"}, page
        for url in twins.values():
            other = by_url[str(url)].soup.select("link[hreflang]")
            assert {link["hreflang"]: link["href"] for link in other} == twins, page


def test_the_sitemap_lists_exactly_the_pages_that_are_their_own_canonical(
    sites: Sites, pages: list[Shown]
) -> None:
    for clinic, files in sites.items():
        entries = ET.fromstring(files["sitemap.xml"])  # noqa: S314 - our own
        listed = [str(entry.findtext(f"{SITEMAP}loc")) for entry in entries]
        own = [
            f"{page.base}{page.address}"
            for page in pages
            if page.clinic == clinic
            and not page.soup.find("meta", attrs={"name": "robots"})
            and page.soup.find("link", rel="canonical")["href"] == f"{page.base}{page.address}"  # type: ignore[index]
        ]
        assert sorted(listed) == sorted(own)
        assert len(set(listed)) == len(listed)
        for entry in entries:
            changed = entry.findtext(f"{SITEMAP}lastmod")
            assert changed is None or re.fullmatch(r"\d{4}-\d\d-\d\d", changed)


def test_no_link_of_any_page_is_dead(sites: Sites, pages: list[Shown]) -> None:
    for page in pages:
        files = sites[page.clinic]
        for tag, name in (("a", "href"), ("link", "href"), ("script", "src"), ("img", "src")):
            for element in page.soup.find_all(tag, attrs={name: True}):
                target = urlsplit(urljoin(f"{page.base}{page.address}", str(element[name])))
                if f"{target.scheme}://{target.netloc}" != page.base:
                    continue
                path = target.path.lstrip("/")
                assert (f"{path}index.html" if path[-1:] in {"", "/"} else path) in files, (
                    page,
                    target.path,
                )


def test_the_share_card_is_a_picture_of_the_size_that_is_said(
    sites: Sites, pages: list[Shown], tmp_path: Path
) -> None:
    for page in pages:
        soup = page.soup
        url = meta(soup, property="og:image")
        picture = tmp_path / "card.png"
        picture.write_bytes(sites[page.clinic][url.removeprefix(f"{page.base}/")])
        with Image.open(picture) as image:
            assert image.format == "PNG"
            said = meta(soup, property="og:image:width"), meta(soup, property="og:image:height")
            assert (str(image.width), str(image.height)) == said
        assert meta(soup, property="og:title") in soup.title.get_text()  # type: ignore[union-attr]
        assert meta(soup, property="og:url") == soup.find("link", rel="canonical")["href"]  # type: ignore[index]


def test_the_feed_names_every_article(sites: Sites) -> None:
    for files in sites.values():
        feed = ET.fromstring(files["feed.xml"])  # noqa: S314 - our own
        links = {link.get("href") for link in feed.iter("{http://www.w3.org/2005/Atom}link")}
        articles = {
            f"{base_of(files)}/{path.removesuffix('index.html')}"
            for path in files
            if re.fullmatch(r"articles/[^/]+/index\.html", path)
        }
        assert articles <= links


def graph(page: Shown) -> list[dict]:
    return [
        node
        for script in page.soup.find_all("script", type="application/ld+json")
        for node in json.loads(script.get_text())["@graph"]
    ]


def walked(node: object) -> Iterator[tuple[str, str, object]]:
    """(type, property, value) of every statement inside of `node`."""
    if isinstance(node, list):
        for entry in node:
            yield from walked(entry)
    elif isinstance(node, dict):
        for name, value in node.items():
            yield node["@type"], name, value
            yield from walked(value)


def test_g15_structured_data_uses_only_settled_terms(pages: list[Shown]) -> None:
    kinds = set()
    for page in pages:
        for kind, name, _ in walked(graph(page)):
            kinds.add(kind)
            assert kind in TERMS, (page, kind)
            assert name == "@type" or name in TERMS[kind], (page, kind, name)
    assert {"MedicalClinic", "MedicalWebPage", "BreadcrumbList", "MedicalOrganization"} <= kinds


NOT_TEXT = {"@type", "url", "item", "position", "inLanguage", "dayOfWeek", "opens", "closes"}
NOT_TEXT |= {"validFrom", "validThrough", "dateModified", "lastReviewed", "telephone"}


def test_g15_structured_data_says_what_the_page_shows(pages: list[Shown]) -> None:
    for page in pages:
        soup = BeautifulSoup(page.html, "html.parser")
        nodes = graph(page)
        for script in soup.find_all("script"):
            script.decompose()
        shown = " ".join(soup.get_text(" ").split())
        for kind, name, value in walked(nodes):
            if name == "telephone":
                assert soup.find("a", href=f"tel:{value}"), page
                number = phonenumbers.parse(str(value), "US")
                assert str(number.national_number)[-4:] in shown
            elif name in {"dateModified", "lastReviewed"}:
                year, _, day = str(value).split("-")
                assert re.search(rf"\b{int(day)}, {year}", shown), (page, name, value)
            elif name not in NOT_TEXT and isinstance(value, str):
                assert " ".join(value.split()) in shown, (page, kind, name, value)
            elif name in {"url", "item"}:
                assert str(value).startswith("https://"), page


def test_s0_1_hours_and_closures_of_a_location_are_those_on_the_page(pages: list[Shown]) -> None:
    seen = 0
    for page in pages:
        for node in graph(page):
            if node["@type"] != "MedicalClinic":
                continue
            seen += 1
            text = " ".join(page.soup.select_one(".location").get_text(" ").split())  # type: ignore[union-attr]
            for entry in node["openingHoursSpecification"]:
                hour = int(entry["opens"][:2])
                written = {0: "midnight", 12: "noon", 24: "medianoche"}.get(
                    hour, str((hour - 1) % 12 + 1)
                )
                assert written in text or "mediod" in text, (page, entry)
            for entry in node.get("specialOpeningHoursSpecification", ()):
                assert str(int(entry["validFrom"][-2:])) in text, (page, entry)
    assert seen >= 10


def test_the_trail_on_the_page_is_the_one_in_its_data(pages: list[Shown]) -> None:
    for page in pages:
        shown = [item.get_text(strip=True).lstrip("›") for item in page.soup.select(".trail li")]
        said = [
            step["name"]
            for node in graph(page)
            if node["@type"] == "BreadcrumbList"
            for step in node["itemListElement"]
        ]
        assert shown == said, page
        assert bool(shown) == (page.address not in {"/", "/es/"}), page


def test_nothing_that_a_clinic_writes_can_end_the_data(group: Group) -> None:
    hostile = ARTICLE.replace("A sore back", "</script><script>alert(1)</script> & more")
    group.write("north/articles/sore-back.md", hostile)
    [clinic] = group.catalog().publishable()
    page = site_files(Site(clinic=clinic, host="north.example", base_url="https://north.example"))[
        "articles/sore-back/index.html"
    ].decode()
    soup = BeautifulSoup(page, "html.parser")
    assert not [s for s in soup.find_all("script") if "alert" in s.get_text() and not s.get("type")]
    [data] = soup.find_all("script", type="application/ld+json")
    assert json.loads(data.get_text())["@graph"][0]["headline"].startswith("</script>")
