"""What a page says, for machines: JSON-LD in schema.org's words.

Nothing is in here that the page does not show, and no term that schema.org marks as superseded or
pending (`branchOf`, `aspect`, `hasCredential`, `isAcceptingNewPatients`); tests hold it to both.
"""

import json
from datetime import time
from itertools import groupby
from typing import Any

from content.model import Article, Clinic, Person
from content.pages import Page
from content.trail import Step
from contract.directory import Closure, Location

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Node = dict[str, Any]


def structured_data(page: Page, clinic: Clinic, base_url: str, steps: tuple[Step, ...]) -> str:
    """The text of a <script type="application/ld+json">, "" for a page that has nothing to say."""
    nodes = [*_of_page(page, clinic, base_url), *_breadcrumb(steps, base_url)]
    if not nodes:
        return ""
    text = json.dumps(
        {"@context": "https://schema.org", "@graph": nodes},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    # nothing in it can end the element that it stands in
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _of_page(page: Page, clinic: Clinic, base_url: str) -> list[Node]:
    url = f"{base_url}{page.address}"
    if page.path == "/":
        return [_group(clinic, base_url)]
    if page.article and page.article.kind == "article":
        return [_article(page.article, page, clinic, base_url) | {"url": url}]
    if page.person:
        return [_person(page.person, clinic, base_url) | {"url": url}]
    if page.location and not page.form:
        return [_location(page.location, clinic, base_url) | {"url": url}]
    return []


def _group(clinic: Clinic, base_url: str) -> Node:
    return {"@type": "MedicalOrganization", "name": clinic.name, "url": f"{base_url}/"}


def _article(article: Article, page: Page, clinic: Clinic, base_url: str) -> Node:
    """A page about a condition is a MedicalWebPage, any other text an Article."""
    node: Node = {
        "@type": "MedicalWebPage" if article.is_condition else "Article",
        "headline": article.title,
        "inLanguage": page.language,
        "publisher": _group(clinic, base_url),
    }
    if article.summary:
        node["abstract"] = article.summary
    if article.updated:
        node["dateModified"] = article.updated.isoformat()
    if article.attestation and article.is_condition:
        node["lastReviewed"] = article.attestation.on.isoformat()
        node["reviewedBy"] = {"@type": "Person", "name": article.attestation.reviewer}
    if article.sources:
        node["citation"] = [
            {"@type": "CreativeWork", "name": source.title}
            | ({"url": source.url} if source.url else {})
            for source in article.sources
        ]
    return node


def _person(person: Person, clinic: Clinic, base_url: str) -> Node:
    node: Node = {
        "@type": "Person",
        "name": person.name,
        "worksFor": _group(clinic, base_url),
    }
    if person.credentials:
        node["honorificSuffix"] = person.credentials
    if person.role:
        node["jobTitle"] = person.role
    if person.languages:
        node["knowsLanguage"] = list(person.languages)
    places = [place for place in clinic.locations if place.slug in person.locations]
    if places:
        node["workLocation"] = [
            {"@type": "Place", "name": place.name, "url": f"{base_url}/locations/{place.slug}/"}
            for place in places
        ]
    return node


def _location(place: Location, clinic: Clinic, base_url: str) -> Node:
    node: Node = {
        "@type": "MedicalClinic",
        "name": clinic.name,
        "telephone": place.phone,
        "address": {
            "@type": "PostalAddress",
            **({"streetAddress": place.street} if place.street else {}),
            "addressLocality": place.city,
            "addressRegion": place.state,
            **({"postalCode": place.postal_code} if place.postal_code else {}),
        },
        "openingHoursSpecification": _hours(place),
        "parentOrganization": _group(clinic, base_url),
    }
    if place.closures:
        node["specialOpeningHoursSpecification"] = [_closure(entry) for entry in place.closures]
    towns = [town for town in place.towns if not town.isdigit() and town != place.city]
    if towns:
        node["areaServed"] = [{"@type": "Place", "name": town} for town in towns]
    return node


def _hours(place: Location) -> list[Node]:
    """Neighboring days with the same hours in one entry, as on the page."""
    found = []
    for spans, group in groupby(enumerate(place.hours), key=lambda entry: entry[1]):
        days = [DAYS[index] for index, _ in group]
        found += [
            {
                "@type": "OpeningHoursSpecification",
                "dayOfWeek": days,
                "opens": _clock(span.opens),
                "closes": _clock(span.closes),
            }
            for span in spans
        ]
    return found


def _closure(closure: Closure) -> Node:
    """Closed all day is said by opening and closing at midnight."""
    return {
        "@type": "OpeningHoursSpecification",
        "validFrom": closure.first.isoformat(),
        "validThrough": closure.last.isoformat(),
        "opens": "00:00",
        "closes": "00:00",
    }


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"


def _breadcrumb(steps: tuple[Step, ...], base_url: str) -> list[Node]:
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "name": step.title,
            "item": f"{base_url}{step.address}",
        }
        for position, step in enumerate(steps, start=1)
    ]
    return [{"@type": "BreadcrumbList", "itemListElement": items}] if items else []
