"""The to-do list as its page shows it: what it is narrowed to, the groups, the headline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from contract.directory import Directory
from leads.desk import book, queue, times
from leads.desk.guard import Visit
from leads.desk.queue import CALL_NOW, CALLING, DONE_GROUP, GROUPS, LATER, Narrow
from leads.desk.show import Glance, Line
from leads.desk.times import Moment
from leads.scope import Scope
from leads.staff import people

ME, NOBODY = "me", "nobody"
DONE_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The choices of the list, as the address keeps them.  `query`: "?location=…" or empty."""

    locations: list[tuple[str, str]]
    people: list[tuple[str, str]]
    location: str
    person: str

    @property
    def query(self) -> str:
        return self.with_group("")

    def with_group(self, group: str, after: str = "") -> str:
        chosen = {
            "location": self.location,
            "person": self.person,
            "group": group,
            "after": after,
        }
        given = urlencode({name: value for name, value in chosen.items() if value})
        return f"?{given}" if given else ""

    @property
    def narrow(self) -> Narrow:
        clinic, _, location = self.location.partition("/")
        holder = UUID(self.person) if self.person not in {"", NOBODY} else None
        return Narrow(clinic=clinic, location=location, holder=holder, nobody=self.person == NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One group on the page."""

    lines: list[Line]
    count: int
    more: str  # address of the next page, empty at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    groups: Mapping[str, Shown]
    headline: str
    tally: list[str]
    last: str
    filters: Filters
    group: str  # the one group that is shown, empty: all
    now: Moment
    version: str
    nobody_waits: bool
    read: list[str]  # the clinic of each lead that is shown by name


def filters_of(
    scope: Scope, directory: Directory | None, visit: Visit, asked: Mapping[str, str]
) -> Filters:
    """What was asked for, where it is this person's to ask; anything else is left out."""
    locations = places(directory, visit.clinics, visit.places)
    colleagues = [
        (str(person.id), "Mine" if person.id == visit.person.id else person.name)
        for person in people.who_see(scope.connection, visit.clinics)
    ]
    location, person = asked.get("location", ""), asked.get("person", "")
    if person == ME:
        person = str(visit.person.id)
    known = {value for value, _ in colleagues} | {NOBODY}
    return Filters(
        locations=locations,
        people=[(NOBODY, "Nobody's yet"), *sorted(colleagues, key=_mine_first)],
        location=location if location in dict(locations) else "",
        person=person if person in known else "",
    )


def list_page(
    scope: Scope, glance: Glance, visit: Visit, filters: Filters, asked: Mapping[str, str]
) -> ListPage:
    group = asked.get("group", "") if asked.get("group", "") in GROUPS else ""
    narrow, now, zone = filters.narrow, glance.now, zone_of(glance.directory, visit)
    counts = queue.open_counts(scope, narrow, now=now)
    counts[DONE_GROUP] = queue.done_since(scope, narrow, _midnight(now, zone))
    groups: dict[str, Shown] = {}
    read: list[str] = []
    for name in [group] if group else GROUPS:
        size = DONE_SHOWN if name == DONE_GROUP and not group else queue.PAGE
        after = asked.get("after", "") if group else ""
        found = queue.page(scope, name, narrow, now=now, after=after, size=size)
        glance.learn(scope, found.rows)
        read += [row["clinic"] for row in found.rows]
        groups[name] = Shown(
            lines=[glance.line(row) for row in found.rows],
            count=counts[name],
            more=f"/{filters.with_group(name, found.more)}" if found.more else "",
        )
    return ListPage(
        groups=groups,
        headline=headline(counts[CALL_NOW]),
        tally=_tally(scope, glance, narrow, counts, groups),
        last=_last_request(scope, glance) if not counts[CALL_NOW] else "",
        filters=filters,
        group=group,
        now=times.moment(now, zone, now),
        version=queue.version(scope, narrow, now=now),
        nobody_waits=not counts[CALL_NOW],
        read=read,
    )


def headline(call_now: int) -> str:
    return f"{call_now} to call now" if call_now else "Nobody is waiting"


def places(
    directory: Directory | None, clinics: frozenset[str], of: frozenset[tuple[str, str]] | None
) -> list[tuple[str, str]]:
    """(value, label) of each location of `clinics`, or of those in `of`, to narrow a list to."""
    if directory is None:
        return []
    own = [clinic for clinic in directory.clinics if clinic.slug in clinics]
    return [
        (
            f"{clinic.slug}/{location.slug}",
            f"{clinic.name}, {location.name}" if len(own) > 1 else location.name,
        )
        for clinic in own
        for location in clinic.locations
        if of is None or (clinic.slug, location.slug) in of
    ]


def zone_of(directory: Directory | None, visit: Visit) -> str:
    """The zone of the person's first clinic."""
    own = [c for c in directory.clinics if c.slug in visit.clinics] if directory else []
    return own[0].zone if own else "UTC"


def _mine_first(choice: tuple[str, str]) -> tuple[bool, str]:
    return choice[1] != "Mine", choice[1]


def _midnight(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _tally(
    scope: Scope,
    glance: Glance,
    narrow: Narrow,
    counts: Mapping[str, int],
    groups: Mapping[str, Shown],
) -> list[str]:
    """The words behind the headline: "1 at 2:15 pm", "0 missed", "3 done today"."""
    words = []
    if counts[LATER]:
        first = queue.page(scope, LATER, narrow, now=glance.now, size=1).rows[0]
        _, location = glance.where(first)
        at = times.moment(first["follow_up_at"], location.zone if location else "UTC", glance.now)
        when = f"at {at.short}" if at.is_today else at.short
        words.append(
            f"{counts[LATER]} {when}"
            if counts[LATER] == 1
            else f"{counts[LATER]} later, the first {when}"
        )
    if CALL_NOW in groups:
        missed = sum(line.late for line in groups[CALL_NOW].lines)
        words.append(f"{missed}{'+' if groups[CALL_NOW].more else ''} missed")
    if counts[CALLING]:
        words.append(f"{counts[CALLING]} being called")
    words.append(f"{counts[DONE_GROUP]} done today")
    return words


def _last_request(scope: Scope, glance: Glance) -> str:
    """ "Last request Thu 4:12 pm, answered in 9 min." for the day when nobody waits."""
    row = book.newest(scope)
    if row is None:
        return ""
    _, location = glance.where(row)
    received = times.moment(row["received_at"], location.zone if location else "UTC", glance.now)
    answered_at = book.first_answered_at(scope, row)
    if answered_at is None:
        return f"Last request {received.short}."
    waited = times.waited(location, row["received_at"], answered_at)
    return f"Last request {received.short}, answered in {waited}."
