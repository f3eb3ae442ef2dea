"""The order in which the contacts of a location are told, changed on the desk.

A location that had no list of its own gets one by the first change: what was in force, changed.
"""

from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from notify.desk.job import Job, Refused
from notify.roster import DESK
from notify.tables import contact, policy, route

TELL = "tell"
AT_MOST = 20  # contacts of one list


def move(job: Job, places: int) -> str:
    """The contact is told so many places later."""
    ids, person = _ids(job), job.person()
    before = ids.index(person.id) if person.id in ids else -1
    after = before + places
    if before < 0 or not 0 <= after < len(ids):
        return ""
    other = next(one for one in job.routing.people.values() if one.id == ids[after])
    ids[before], ids[after] = ids[after], ids[before]
    write(job, ids)
    order = "before" if places < 0 else "after"
    return f"At {job.location.name}, {person.name} is now told {order} {other.name}."


def join(job: Job) -> str:
    ids, person = _ids(job), job.person()
    if person.id in ids:
        return ""
    write(job, [*ids, person.id])
    return f"At {job.location.name}, {person.name} is now told, last."


def leave(job: Job) -> str:
    ids, person = _ids(job), job.person()
    if person.id not in ids:
        return ""
    left = [one for one in ids if one != person.id]
    if not left:
        raise Refused(("", f"{person.name} is the only one: add another contact first"))
    write(job, left)
    return f"At {job.location.name}, {person.name} is not told any more."


def write(job: Job, ids: list[int]) -> None:
    """The location's list is `ids` now.  Raises Refused."""
    if len(ids) > AT_MOST:
        raise Refused(("", f"A list has at most {AT_MOST} contacts: take one off first"))
    connection, clinic, location = job.connection, job.clinic.slug, job.location.slug
    lists = {duty: ids if duty == job.asked.duty else _ids(job, duty) for duty in (TELL, "on_call")}
    connection.execute(delete(route).where(route.c.clinic == clinic, route.c.location == location))
    for duty, people in lists.items():
        for n, contact_id in enumerate(people, start=1):
            connection.execute(
                route.insert().values(
                    clinic=clinic,
                    location=location,
                    duty=duty,
                    n=n,
                    contact_id=contact_id,
                    changed_by=DESK,
                )
            )
    if job.routing.by != location:  # its policy was that of every other location
        values = asdict(job.routing.policy) | {"changed_by": DESK}
        row = insert(policy).values(clinic=clinic, location=location, **values)
        connection.execute(row.on_conflict_do_nothing())


def left_without(job: Job, contact_id: int) -> list[str]:
    """The lists of the clinic that nobody but this contact is on, by the names of locations."""
    rows = job.connection.execute(
        select(route.c.location, route.c.contact_id)
        .join(contact, contact.c.id == route.c.contact_id)
        .where(
            route.c.clinic == job.clinic.slug,
            route.c.duty == TELL,
            contact.c.removed_at.is_(None),
        )
    ).all()
    others = {row.location for row in rows if row.contact_id != contact_id}
    alone = {row.location for row in rows} - others
    return [_name(job, slug) for slug in sorted(alone)]


def _name(job: Job, slug: str) -> str:
    known = job.clinic.location(slug)
    return known.name if known else "every other location" if slug == "*" else slug


def _ids(job: Job, duty: str = "") -> list[int]:
    told = (duty or job.asked.duty) == TELL
    return [one.id for one in (job.routing.recipients if told else job.routing.on_call)]
