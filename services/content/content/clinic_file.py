"""Read one clinic's folder: clinic.toml, articles, pages and drafts."""

import re
import zoneinfo
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

from content import timetable
from content.articles import is_slug, read_folder
from content.attestation import read_attestations
from content.colors import read_theme
from content.deadlinks import check_links
from content.drafts import with_drafts
from content.files import read_text, read_toml
from content.form_switches import read_switches
from content.languages import read_languages, read_translations
from content.leaving import addresses_of_left, without_left
from content.library import Library
from content.mistakes import Mistakes
from content.model import Article, Clinic, Reviews, Service, Visit
from content.pages import addresses
from content.people import read_people
from content.phones import read_phone
from content.pictures import read_logo, read_pictures
from content.placements import addresses_of, placed_article, read_placements, with_librarys_pictures
from content.redirects import check_redirects, read_redirects
from content.tables import Table
from content.visits import check_entrances, read_visit
from contract.directory import Choice, Keep, Location, normal_host

# fmt: off
PARTS = frozenset({
    "README.md", "articles", "attestations.toml", "clinic.toml", "drafts", "logo.svg", "pages",
    "people", "pictures", "placements", "redirects.toml",
})
# fmt: on
LONGEST_KEPT = 20 * 366  # days
LONGEST_REPLY_MINUTES = 3 * 24 * 60

_HOST = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


def read_clinic(folder: Path, mistakes: Mistakes, library: Library) -> Clinic | None:
    """The clinic in `folder`, as far as it can be read; None when clinic.toml cannot."""
    slug = folder.name
    _check_folder(folder, mistakes)
    path = folder / "clinic.toml"
    text = read_text(path, mistakes, holds=slug)
    table = None if text is None else read_toml(text, path, mistakes, holds=slug)
    clinic = None if table is None else _clinic(table, slug)
    if table and clinic:
        clinic = _with_people(clinic, folder, table, mistakes)
    articles, pages, drafts = _texts(folder, mistakes, library, clinic)
    if clinic is None:
        return None
    moved, gone = read_redirects(folder, mistakes, holds=slug)
    clinic = replace(
        clinic,
        articles=articles,
        pages=pages,
        drafts=drafts,
        pictures=with_librarys_pictures(clinic.pictures, articles, library, mistakes, holds=slug),
        logo=read_logo(folder / "logo.svg", mistakes, holds=slug),
        moved=moved,
        gone=(*gone, *addresses_of_left(clinic)),
    )
    check_links(clinic, mistakes)
    check_redirects(folder, moved, addresses(with_drafts(clinic)), mistakes, holds=slug)
    return clinic


def _with_people(clinic: Clinic, folder: Path, table: Table, mistakes: Mistakes) -> Clinic:
    """`clinic` with its pictures, its people and, apart from them, those who have left."""
    pictures = read_pictures(folder / "pictures", mistakes, holds=clinic.slug)
    check_entrances(table, clinic.visits, pictures)
    people = read_people(
        folder / "people",
        mistakes,
        holds=clinic.slug,
        locations=clinic.locations,
        pictures=pictures,
    )
    return without_left(replace(clinic, pictures=pictures), people)


def _texts(
    folder: Path, mistakes: Mistakes, library: Library, clinic: Clinic | None
) -> tuple[tuple[Article, ...], tuple[Article, ...], tuple[Article, ...]]:
    """Articles (placed ones after the clinic's own), pages and drafts."""
    slug = folder.name
    placements = read_placements(folder / "placements", mistakes, library, holds=slug)
    placed = addresses_of(placements)
    attestations = read_attestations(folder, mistakes, holds=slug)
    own = read_folder(
        folder / "articles",
        mistakes,
        kind="article",
        holds=slug,
        clinic=clinic,
        attestations=attestations,
        placed=placed,
    )
    others = tuple(placed_article(entry, clinic, placed) for entry in placements if clinic)
    _check_slugs((*own, *others), mistakes, slug)
    pages = read_folder(
        folder / "pages", mistakes, kind="page", holds=slug, clinic=clinic, placed=placed
    )
    drafts = read_folder(
        folder / "drafts",
        mistakes,
        kind="article",
        holds="",
        drafts=True,
        clinic=clinic,
        placed=placed,
    )
    return (*own, *others), pages, drafts


def _check_slugs(articles: tuple[Article, ...], mistakes: Mistakes, slug: str) -> None:
    taken: dict[str, str] = {}
    for article in articles:
        other = taken.setdefault(article.slug, article.path)
        if other != article.path:
            what = f"{article.address} is already the address of {Path(other).name}"
            remedy = "give one of them another slug"
            mistakes.add(Path(article.path), 1, what, remedy, holds=slug)


def _check_folder(folder: Path, mistakes: Mistakes) -> None:
    if not is_slug(folder.name):
        remedy = "rename the folder to lower-case letters, digits and single hyphens"
        mistakes.add(folder, 1, f"{folder.name!r} is no slug", remedy, holds=folder.name)
    for path in sorted(folder.iterdir()):
        if path.name not in PARTS and not path.name.startswith("."):
            remedy = f"a clinic's folder holds {', '.join(sorted(PARTS))}"
            mistakes.add(path, 1, "is not part of a clinic", remedy, holds=folder.name)


def _clinic(table: Table, slug: str) -> Clinic:
    name = table.text("name", at_most=80)
    phone, phone_display = read_phone(table, "phone")
    locations, visits = _locations(table, (phone, phone_display))
    clinic = Clinic(
        slug=slug,
        name=name,
        short_name=table.text("short_name", name, at_most=80),
        legal_name=table.text("legal_name", name, at_most=120),
        hosts=_hosts(table),
        phone=phone,
        phone_display=phone_display,
        headline=table.text("headline", name, at_most=120),
        intro=table.text("intro", "", at_most=400),
        theme=read_theme(table.table("theme")),
        services=tuple(_service(entry) for entry in table.tables("services")),
        services_title=table.text("services_title", "", at_most=60),
        locations=locations,
        visits=visits,
        forms=(),
        reasons=_choices(table.table("reasons")),
        practitioners=_choices(table.table("practitioners")),
        articles=(),
        pages=(),
        drafts=(),
        reviews=_reviews(table.table("reviews")),
    )
    languages = read_languages(table)
    clinic = replace(
        clinic,
        languages=languages,
        translations=read_translations(table, languages),
        keep=_keep(table.table("keep")),
        **read_switches(table.table("forms"), clinic),
    )
    table.finish()
    return clinic


def _keep(table: Table) -> Keep:
    """For how long requests are kept once nobody waits for an answer."""
    base = Keep()
    days = {
        name: table.integer(name, getattr(base, name), at_least=0, at_most=LONGEST_KEPT)
        for name in (one.name for one in fields(Keep))
    }
    table.finish()
    return Keep(**days)


def _reviews(table: Table) -> Reviews:
    base = Reviews()
    reviews = Reviews(
        overdue=table.choice("overdue", ("banner", "keep", "unpublish"), base.overdue),
        grace_days=table.integer("grace_days", base.grace_days, at_least=0, at_most=366),
    )
    table.finish()
    return reviews


def _hosts(table: Table) -> tuple[str, ...]:
    hosts = table.texts("hosts", None)
    if not hosts and "hosts" in table:
        table.wrong("hosts", "no host", "write at least one host name, like clinic.example")
    for host in hosts:
        if host != normal_host(host):
            table.wrong(
                "hosts", f"{host!r} is not a plain host name", f"write {normal_host(host)!r}"
            )
        elif not _HOST.fullmatch(host):
            table.wrong("hosts", f"{host!r} is no host name", "write one like clinic.example")
        elif host.endswith(".localhost"):
            table.wrong("hosts", f"{host!r} is kept for the demo", "write the clinic's own host")
    if len(set(hosts)) < len(hosts):
        table.wrong("hosts", "a host is listed twice", "list each once")
    return hosts


def _service(table: Table) -> Service:
    service = Service(name=table.text("name", at_most=60), text=table.text("text", at_most=240))
    table.finish()
    return service


def _choices(table: Table) -> tuple[Choice, ...]:
    """A table whose keys are slugs and whose values are what people read."""
    choices = []
    for key in table.items():
        label = table.text(key, at_most=80)
        if not is_slug(key):
            table.wrong(key, f"{key!r} is no slug", "use lower-case letters, digits and hyphens")
        choices.append(Choice(value=key, label=label))
    return tuple(choices)


def _locations(
    table: Table, clinic_phone: tuple[str, str]
) -> tuple[tuple[Location, ...], tuple[tuple[str, Visit], ...]]:
    """What all services know of each location, and what its pages say beyond that."""
    locations: list[Location] = []
    visits = []
    for entry in table.tables("locations"):
        visit = read_visit(entry)
        location = _location(entry, clinic_phone)
        if any(location.slug == other.slug for other in locations):
            entry.wrong("slug", f"a second location {location.slug!r}", "give each its own slug")
        locations.append(location)
        visits.append((location.slug, visit))
    return tuple(locations), tuple(visits)


def _location(table: Table, clinic_phone: tuple[str, str]) -> Location:
    phone, phone_display = read_phone(table, "phone") if "phone" in table else clinic_phone
    location = Location(
        slug=table.text("slug", at_most=60),
        name=table.text("name", at_most=60),
        street=table.text("street", "", at_most=120),
        city=table.text("city", at_most=60),
        state=table.text("state", at_most=20),
        postal_code=table.text("postal_code", "", at_most=10),
        phone=phone,
        phone_display=phone_display,
        zone=table.text("zone"),
        hours=timetable.read_hours(table.table("hours")),
        closures=timetable.read_closures(table.tables("closures")),
        reply_minutes=table.integer("reply_minutes", 60, at_least=1, at_most=LONGEST_REPLY_MINUTES),
        towns=table.texts("towns"),
    )
    table.finish()
    _check_location(table, location)
    return location


@cache
def _zones() -> frozenset[str]:
    """Read from the disk once: there are six hundred files."""
    return frozenset(zoneinfo.available_timezones())


def _check_location(table: Table, location: Location) -> None:
    if location.slug and not is_slug(location.slug):
        remedy = "use lower-case letters, digits and single hyphens"
        table.wrong("slug", f"{location.slug!r} is no slug", remedy)
    if location.state and not re.fullmatch(r"[A-Z]{2}", location.state):
        table.wrong(
            "state", f"{location.state!r} is no state", "write two capital letters, like CA"
        )
    if location.postal_code and not re.fullmatch(r"\d{5}(-\d{4})?", location.postal_code):
        what = f"{location.postal_code!r} is no ZIP code"
        table.wrong("postal_code", what, "write five digits, in quotes")
    if location.zone and location.zone not in _zones():
        remedy = "write an IANA name, like America/Los_Angeles"
        table.wrong("zone", f"{location.zone!r} is no time zone", remedy)
    if not any(location.hours):
        what = "has no opening hours"
        table.wrong("hours", what, 'add [locations.hours] with lines like: mon = ["08:00-17:00"]')
