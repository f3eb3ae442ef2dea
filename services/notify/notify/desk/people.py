"""A contact, changed on the desk: name, languages, hours, days off, ways; added and removed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from notify.alertbook import Absence
from notify.desk import addresses, fields, lists
from notify.desk.addresses import Person
from notify.desk.job import Job, Refused
from notify.roster import DESK, off_out, quiet_out
from notify.tables import contact

MOST_CONTACTS = 200  # of one clinic


def new(job: Job) -> str:
    """Told at the location, last; nothing is sent before an address is confirmed."""
    typed = {"email": fields.email(job), "sms": fields.phone(job)}
    name, speaks = fields.name(job), fields.speaks(job)
    if not any(typed.values()):
        raise Refused(("email", "Give an email address, a phone number, or both"))
    taken = set(
        job.connection.scalars(select(contact.c.key).where(contact.c.clinic == job.clinic.slug))
    )
    if len(job.routing.people) >= MOST_CONTACTS:
        raise Refused(("name", f"{job.clinic.name} has {MOST_CONTACTS} contacts: remove one first"))
    person_id = job.connection.execute(
        contact.insert()
        .values(
            clinic=job.clinic.slug,
            key=fields.key_for(name, dict.fromkeys(taken)),
            name=name,
            speaks=list(speaks),
            changed_by=DESK,
        )
        .returning(contact.c.id)
    ).scalar_one()
    person = Person(id=person_id, name=name, speaks=speaks)
    waits = [addresses.ask(job, person, way, to) for way, to in typed.items() if to]
    lists.write(job, [*(one.id for one in job.routing.recipients), person_id])
    return " ".join([f"{name} is a new contact, told last at {job.location.name}.", *waits])


def edit(job: Job) -> str:
    """Whatever of the form is not as it is."""
    row = job.row()
    typed = {"email": fields.email(job), "sms": fields.phone(job)}
    values: dict[str, object] = {
        "name": fields.name(job),
        "speaks": list(fields.speaks(job)),
        "quiet": quiet_out(fields.quiet(job)),
    }
    changed = {name: value for name, value in values.items() if value != getattr(row, name)}
    said = list(_said(row.name, changed))
    now = {"email": row.email or "", "sms": row.sms or ""}
    for channel, address in typed.items():
        if address == now[channel]:
            continue
        if address:
            if address != addresses.waits(job.connection, row.id, channel):
                person = Person(id=row.id, name=row.name, speaks=tuple(row.speaks))
                said.append(addresses.ask(job, person, channel, address))
            continue
        other = next(value for way, value in now.items() if way != channel)
        if not other:
            only = "This is the only way to tell this contact: the other has to be confirmed first"
            raise Refused((addresses.FIELD[channel], only))
        changed[channel], now[channel] = None, ""
        addresses.give_up(job.connection, row.id, channel)
        said.append(f"The {addresses.WHAT[channel]} of {row.name} was taken away.")
    _set(job, **changed)
    return " ".join(said)


def off(job: Job) -> str:
    person, today = job.person(), _today(job)
    absence = fields.absence(job, today)
    if absence in person.off:
        return ""
    _set(job, off=off_out((*_ahead(person.off, today), absence)))
    cover = job.routing.people.get(absence.cover)
    covers = f"{cover.name} covers" if cover else "nobody covers"
    return f"{person.name} is off {_days(absence)}, {covers}."


def back(job: Job) -> str:
    """The absence with this first and last day is taken back."""
    person = job.person()
    asked = (job.typed("first"), job.typed("last"))
    left = tuple(
        one for one in person.off if (one.first.isoformat(), one.last.isoformat()) != asked
    )
    if left == person.off:
        return ""
    _set(job, off=off_out(left))
    gone = next(one for one in person.off if one not in left)
    return f"{person.name} is not off {_days(gone)}."


def remove(job: Job) -> str:
    """No contact of the clinic any more; what was sent keeps its name."""
    person, today = job.person(), _today(job)
    if alone := lists.left_without(job, person.id):
        where = ", ".join(alone)
        raise Refused(("", f"{person.name} is the only one for {where}: add another contact first"))
    for other in job.routing.people.values():
        if any(one.cover == person.key for one in _ahead(other.off, today)):
            raise Refused(("", f"{person.name} covers for {other.name}: change that first"))
    addresses.give_up(job.connection, person.id)
    _set(job, removed_at=func.now())
    return f"{person.name} is no contact of {job.clinic.name} any more."


def _set(job: Job, **values: object) -> None:
    if values:
        job.connection.execute(
            update(contact).where(contact.c.id == job.person().id).values(**values, changed_by=DESK)
        )


def _said(name: str, changed: dict[str, object]) -> Iterator[str]:
    if "name" in changed:
        yield f"{name} is now called {changed['name']}."
    if "speaks" in changed:
        yield f"The languages of {name} were changed."
    if "quiet" in changed:
        yield f"The quiet hours of {name} were changed."


def _today(job: Job) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(job.location.zone)).date()


def _ahead(absences: tuple[Absence, ...], today: date) -> tuple[Absence, ...]:
    return tuple(one for one in absences if one.last >= today)


def _days(absence: Absence) -> str:
    first, last = (f"{on:%A, %B} {on.day}" for on in (absence.first, absence.last))
    return f"on {first}" if absence.first == absence.last else f"from {first} through {last}"
