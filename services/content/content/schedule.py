"""What of a clinic is public at a moment: publish windows, attestations, reviews that are due,
closures that are not over."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from content.leaving import signed_by_left
from content.model import Article, Clinic, Person
from content.tables import Table
from contract.directory import Closure, Location

_LINK = re.compile(r'<a href="(/[^"#?]*)[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


def as_of(clinic: Clinic, now: datetime) -> Clinic:
    """`clinic` with what is public at `now` and no link to anything that is not."""
    shown = tuple(
        _as_of(clinic, article, now)
        for article in clinic.articles
        if not waits_for(clinic, article, now)
    )
    hidden = {article.address for article in clinic.articles} - {
        article.address for article in shown
    }
    hidden |= {person.address for person in clinic.left}
    if hidden:
        shown = tuple(replace(page, html=_unlinked(page, hidden)) for page in shown)
    pages = tuple(replace(page, html=_unlinked(page, hidden)) for page in clinic.pages)
    people = tuple(replace(person, html=_unlinked(person, hidden)) for person in clinic.people)
    return replace(
        clinic,
        articles=shown,
        pages=pages if hidden else clinic.pages,
        people=people if hidden else clinic.people,
        locations=_locations(clinic, now),
    )


def waits_for(clinic: Clinic, article: Article, now: datetime) -> str:
    """Why `article` is not public at `now`, in words; "" when it is."""
    if article.taken_down:
        return "It was taken down, on every site."
    if article.publish_at and now < article.publish_at:
        return f"It is scheduled for {_moment(article.publish_at, clinic)}."
    if article.expire_at and now >= article.expire_at:
        return f"It expired on {_moment(article.expire_at, clinic)}."
    if article.lock and article.attestation is None:
        return "No reviewer has attested its clinical blocks as they are now."
    if clinic.reviews.overdue == "unpublish" and _is_overdue(clinic, article, now):
        return "Its review is overdue, and this clinic then takes articles off its site."
    return ""


def as_previewed(clinic: Clinic, now: datetime) -> Clinic:
    """`clinic` with everything, what is not public marked as a draft and why."""
    return replace(
        clinic,
        articles=tuple(
            replace(shown, is_draft=bool(why), waits=why)
            for article in clinic.articles
            for shown, why in [(_as_of(clinic, article, now), waits_for(clinic, article, now))]
        ),
        locations=_locations(clinic, now),
    )


def review_is_due(clinic: Clinic, article: Article, now: datetime) -> bool:
    """Since its day, or since the reviewer left the clinic."""
    attested = article.attestation
    return attested is not None and (
        now >= _start_of(attested.next_review, clinic) or signed_by_left(clinic, attested.reviewer)
    )


def next_change(clinics: Iterable[Clinic], now: datetime) -> datetime | None:
    """The first moment after `now` at which something becomes public or stops to be."""
    moments = [
        moment for clinic in clinics for moment in _moments_of_clinic(clinic) if moment > now
    ]
    return min(moments, default=None)


def read_window(table: Table, zone: str) -> tuple[datetime | None, datetime | None]:
    """`publish` and `expire` as UTC; they are written in the time of `zone`."""
    publish_at, expire_at = (
        _read_moment(table, "publish", zone),
        _read_moment(table, "expire", zone),
    )
    if publish_at and expire_at and expire_at <= publish_at:
        table.wrong("expire", "expires before it is published", "correct one of the two times")
    return publish_at, expire_at


def _read_moment(table: Table, key: str, zone: str) -> datetime | None:
    written = table.moment(key)
    if written is None:
        return None
    if not zone:
        remedy = "name a location, whose time it is: location = …"
        table.wrong(key, f"it is not clear in which time zone {key} is meant", remedy)
        return None
    moment = written.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != written:
        what = f"{written:%Y-%m-%d %H:%M} does not exist in {zone}"
        table.wrong(key, what, "the clock is set forward then: choose another time")
    return moment


def _as_of(clinic: Clinic, article: Article, now: datetime) -> Article:
    """Without names and dates of a review that is overdue."""
    attested = article.attestation
    if attested is None or not review_is_due(clinic, article, now):
        return article
    says_so = clinic.reviews.overdue == "banner" and _is_overdue(clinic, article, now)
    return replace(article, attestation=None, review_due=attested.next_review if says_so else None)


def _is_overdue(clinic: Clinic, article: Article, now: datetime) -> bool:
    """Overdue by more than the clinic's days of grace."""
    attested = article.attestation
    return attested is not None and now >= _grace_ends(clinic, attested.next_review)


def _grace_ends(clinic: Clinic, due: date) -> datetime:
    return _start_of(due + timedelta(days=clinic.reviews.grace_days), clinic)


def _locations(clinic: Clinic, now: datetime) -> tuple[Location, ...]:
    """Without the closures that are over."""
    return tuple(
        replace(place, closures=tuple(c for c in place.closures if now < _ends(c, place)))
        if any(_ends(closure, place) <= now for closure in place.closures)
        else place
        for place in clinic.locations
    )


def _ends(closure: Closure, location: Location) -> datetime:
    after = closure.last + timedelta(days=1)
    return datetime.combine(after, time(), tzinfo=ZoneInfo(location.zone)).astimezone(UTC)


def _moments_of_clinic(clinic: Clinic) -> Iterable[datetime]:
    for article in clinic.articles:
        yield from _moments(clinic, article)
    for location in clinic.locations:
        yield from (_ends(closure, location) for closure in location.closures)


def _moments(clinic: Clinic, article: Article) -> Iterable[datetime]:
    yield from (moment for moment in (article.publish_at, article.expire_at) if moment)
    if article.attestation:
        yield _start_of(article.attestation.next_review, clinic)
        yield _grace_ends(clinic, article.attestation.next_review)


def _start_of(day: date, clinic: Clinic) -> datetime:
    return datetime.combine(day, time(), tzinfo=_zone(clinic)).astimezone(UTC)


def _zone(clinic: Clinic) -> ZoneInfo:
    return ZoneInfo(clinic.locations[0].zone if clinic.locations else "UTC")


def _moment(moment: datetime, clinic: Clinic) -> str:
    local = moment.astimezone(_zone(clinic))
    return f"{local:%B} {local.day}, {local.year}, {local:%H:%M} ({local.tzname()})"


def _unlinked(page: Article | Person, hidden: set[str]) -> str:
    def text_only(found: re.Match[str]) -> str:
        is_hidden = urljoin(page.address, found[1]) in hidden
        return found[2] if is_hidden else found[0]

    return _LINK.sub(text_only, page.html)
