"""What the pages about a person show: plain lists of what is stored, held and would go."""

from dataclasses import dataclass
from uuid import UUID

from leads.desk import times
from leads.desk.show import Glance, Line
from leads.desk.times import Moment
from leads.privacy import holding, taken_files
from leads.privacy.erasing import is_unanswered
from leads.privacy.finding import Found, Keys, opened_comment, opened_text, other_addresses
from leads.privacy.person import Person
from leads.scope import Scope
from leads.staff import people

FORMATS = {"html": "A page to read or print", "json": "JSON, for another program"}
UNKNOWN = "Somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRequest:
    """A request that is held by hand."""

    lead_id: UUID
    reference: str
    place: str
    reason: str
    by: str
    since: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRequest:
    line: Line
    reference: str
    unanswered: bool
    hold: HeldRequest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWords:
    """A comment or a text.  `where`: the page, or what kind of text it is."""

    words: str
    where: str
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFile:
    by: str
    at: Moment
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """`others`: numbers and addresses in the requests under which there may be more."""

    requests: list[FoundRequest]
    comments: list[FoundWords]
    texts: list[FoundWords]
    others: list[str]
    taken: list[TakenFile]

    @property
    def count(self) -> int:
        return len(self.requests) + len(self.comments) + len(self.texts)

    @property
    def unanswered(self) -> list[FoundRequest]:
        return [one for one in self.requests if one.unanswered]

    @property
    def held(self) -> list[FoundRequest]:
        return [one for one in self.requests if one.hold]


def person_page(
    scope: Scope, glance: Glance, keys: Keys, person: Person, found: Found
) -> PersonPage:
    glance.learn(scope, found.leads)
    holds = {one.lead_id: one for one in held(scope, glance, {row["id"] for row in found.leads})}
    return PersonPage(
        requests=[
            FoundRequest(
                line=glance.line(row),
                reference=row["reference"],
                unanswered=is_unanswered(row),
                hold=holds.get(row["id"]),
            )
            for row in found.leads
        ],
        comments=[
            FoundWords(
                words=(opened_comment(keys.seal, row) or {}).get("message", ""),
                where=row["article"],
                at=times.moment(row["received_at"], _zone(glance, row["clinic"]), glance.now),
            )
            for row in found.comments
        ],
        texts=[
            FoundWords(
                words=(opened_text(keys.seal, row) or {}).get("text", ""),
                where="",
                at=times.moment(row["at"], _zone(glance, row["clinic"]), glance.now),
            )
            for row in found.texts
        ],
        others=other_addresses(keys, person, found.leads),
        taken=taken(scope, glance, found),
    )


def held(scope: Scope, glance: Glance, among: set[UUID] | None = None) -> list[HeldRequest]:
    """Oldest first; `among`: these leads alone."""
    rows = holding.listed(scope, among)
    names = people.names(scope.connection, {row.staff_id for row in rows if row.staff_id})
    shown = []
    for row in rows:
        clinic, location = glance.where(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
        zone = location.zone if location else "UTC"
        shown.append(
            HeldRequest(
                lead_id=row.lead_id,
                reference=row.reference,
                place=glance.place(row._mapping, clinic, location),  # noqa: SLF001 - the same
                reason=row.reason,
                by=names.get(row.staff_id, UNKNOWN),
                since=times.moment(row.at, zone, glance.now),
            )
        )
    return shown


def taken(scope: Scope, glance: Glance, found: Found) -> list[TakenFile]:
    return [
        TakenFile(
            by=one.by,
            at=times.moment(one.at, _zone(glance, one.clinic), glance.now),
            days=one.days,
        )
        for one in taken_files.files_with(scope, found)
    ]


def _zone(glance: Glance, slug: str) -> str:
    clinic = glance.directory.clinic(slug) if glance.directory else None
    return clinic.zone if clinic else "UTC"
