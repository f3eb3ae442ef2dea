"""The report as its page shows it: sentences, and numbers with the lengths of their bars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from leads.desk import times
from leads.desk.guard import Visit
from leads.desk.list_page import Filters, zone_of
from leads.desk.report import Report, report
from leads.desk.show import KINDS, Glance
from leads.scope import Scope

SPANS = (7, 30, 60, 90)  # days that a report can cover, the last of them today
USUAL = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """`share`: of the longest bar, 0 to 1; `at`: its place in the row, from 0."""

    at: int
    label: str
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    days: int
    spans: tuple[int, ...]
    filters: Filters
    found: Report
    soon: list[tuple[str, str]]  # what is measured, and what was found
    by_day: list[Bar]
    by_location: list[Bar]
    by_kind: list[Bar]
    by_article: list[Bar]
    taps_by_page: list[Bar]
    zone: str


def report_page(
    scope: Scope, glance: Glance, visit: Visit, filters: Filters, asked: Mapping[str, str]
) -> ReportPage:
    days = next((span for span in SPANS if str(span) == asked.get("days")), USUAL)
    zone = zone_of(glance.directory, visit)
    last = glance.now.astimezone(ZoneInfo(zone)).date()
    first = last - timedelta(days=days - 1)
    found = report(scope, filters.narrow, first=first, last=last, zone=zone)
    names = dict(filters.locations)
    each_day = (first + timedelta(days=n) for n in range(days))
    return ReportPage(
        days=days,
        spans=SPANS,
        filters=filters,
        found=found,
        soon=_soon(found),
        by_day=_bars((_spoken(day), found.by_day.get(day, 0)) for day in each_day),
        by_location=_bars(
            (names.get("/".join(place), place[1]), count) for place, count in found.by_location
        ),
        by_kind=_bars((KINDS.get(kind, kind), count) for kind, count in found.by_kind),
        by_article=_bars((path or "Not known", count) for path, count in found.by_article),
        taps_by_page=_bars(found.taps_by_page),
        zone=_zone_name(zone, glance.now),
    )


def _soon(found: Report) -> list[tuple[str, str]]:
    contacts = found.contacts
    if contacts.median is None or contacts.p90 is None:
        return []
    share = round(100 * contacts.within_promise / contacts.count)
    return [
        ("Half were called within", times.spoken_minutes(round(contacts.median))),
        ("Nine of ten within", times.spoken_minutes(round(contacts.p90))),
        ("By the promised time", f"{share}% ({contacts.within_promise} of {contacts.count})"),
    ]


def _bars(counted: Iterable[tuple[str, int]]) -> list[Bar]:
    rows = list(counted)
    most = max((count for _, count in rows), default=0) or 1
    return [
        Bar(at=at, label=label, count=count, share=count / most)
        for at, (label, count) in enumerate(rows)
    ]


def _spoken(day: date) -> str:
    return f"{day:%a, %b} {day.day}"


def _zone_name(zone: str, now: datetime) -> str:
    return now.astimezone(ZoneInfo(zone)).tzname() or zone
