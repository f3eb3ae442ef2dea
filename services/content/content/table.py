"""Pages for the people who run or write the sites: the table of addresses, a clinic's mistakes."""

from collections.abc import Iterable
from datetime import datetime

from content.catalog import Catalog
from content.health import health_of
from content.lost import Lost
from content.mistakes import Mistake
from content.sites import Addresses, Host
from content.templating import environment


def mistakes_page(slug: str, mistakes: tuple[Mistake, ...], version: str) -> str:
    """The preview of a clinic whose clinic.toml cannot be read; `version`: of its files."""
    template = environment().get_template("mistakes.html")
    return template.render(slug=slug, mistakes=mistakes, version=version)


def address_table(catalog: Catalog, hosts: Iterable[Host], addresses: Addresses) -> str:
    """Where everything of this copy is found; without `hosts` only the previews."""
    answered = {entry.host for entry in hosts}
    rows = []
    for slug in catalog.slugs:
        clinic = catalog.clinic(slug)
        rows.append(
            {
                "slug": slug,
                "name": clinic.name if clinic else slug,
                "hosts": clinic.hosts if clinic else (),
                "is_served": f"{slug}.localhost" in answered,
                "mistakes": sum(1 for mistake in catalog.mistakes if mistake.holds == slug),
            }
        )
    template = environment().get_template("addresses.html")
    return template.render(rows=rows, url=addresses.local_url, is_running=bool(answered))


def health_page(catalog: Catalog, now: datetime, lost: Iterable[Lost] = ()) -> str:
    """The board of content health."""
    template = environment().get_template("health.html")
    return template.render(health=health_of(catalog, now), lost=list(lost))
