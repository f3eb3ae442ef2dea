"""What the desk wants changed: one transaction with its audit and with word to the managers."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection, Engine, func, select

from contract.alert_settings import Change, Changed
from contract.directory import Clinic, Directory, Location
from notify import alerts, drill, messages
from notify.contacts import LOCK
from notify.desk import addresses, lists, people
from notify.desk.job import Job, Refused
from notify.desk.shown import version
from notify.drill import Sent
from notify.paper import Slip, worded
from notify.providers.accounts import is_address
from notify.records import note
from notify.roster import recipients
from notify.tables import message
from notify.words import letterhead

MOST_TOLD = 100  # managers
TEST_AGAIN_S = 60

DONE: Mapping[str, Callable[[Job], str]] = {
    "up": partial(lists.move, places=-1),
    "down": partial(lists.move, places=1),
    "join": lists.join,
    "leave": lists.leave,
    "new": people.new,
    "edit": people.edit,
    "off": people.off,
    "back": people.back,
    "remove": people.remove,
    "again": addresses.ask_again,
    "withdraw": addresses.withdraw,
}


def change(
    engine: Engine,
    asked: Change,
    clinic: Clinic,
    location: Location,
    *,
    directory: Directory | None,
    desk_url: str,
) -> Changed:
    """Do what is asked, whole or not at all.  Raises KeyError for an unknown `do`."""
    do = DONE[asked.do]
    try:
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            job = _job(connection, asked, clinic, location, directory, desk_url)
            if asked.seen != version(connection, clinic.slug, job.routing):
                return Changed(stale=True)
            concerned = _concerned(job)
            said = do(job)
            if said:
                _write_down(job, said)
                tell_managers(
                    connection,
                    clinic,
                    [*asked.tell, *concerned],
                    what=said,
                    by=asked.by,
                    link=f"{desk_url}/settings/{clinic.slug}/{location.slug}",
                )
                alerts.tell_waiting(connection, clinic.slug, directory, desk_url=desk_url)
    except Refused as refused:
        return Changed(problems=refused.problems)
    return Changed(said=said)


def test(
    engine: Engine, asked: Change, clinic: Clinic, location: Location, *, wait_s: float
) -> Changed:
    """Send this contact a test on every way; wait up to `wait_s` for what the providers say."""
    try:
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            job = _job(connection, asked, clinic, location, None, "")
            sent = _send_test(job)
            said = f"A test went to {job.person().name}."
            _write_down(job, said)
    except Refused as refused:
        return Changed(problems=refused.problems)
    drill.results(engine, sent, seconds=wait_s)
    return Changed(said=said)


def tell_managers(
    connection: Connection, clinic: Clinic, to: Iterable[str], *, what: str, by: str, link: str
) -> None:
    """Queue one mail to each address, in the caller's transaction."""
    values = {"what": what, "by": by, "link": link}
    slip = Slip(
        template="settings_changed",
        language="en",
        clinic=clinic.name,
        location="",
        phone="",
        values=values,
        brand=clinic.brand,
    )
    letter, change_id = worded(slip, "email"), uuid4()
    usable = dict.fromkeys(address for address in to if is_address(address))
    for address in list(usable)[:MOST_TOLD]:
        messages.add(
            connection,
            clinic=clinic.slug,
            step=None,
            contact_id=None,
            channel="email",
            address=address,
            kind="staff",
            worded=letter,
            key=_key(change_id, address),
        )


def _key(change_id: UUID, address: str) -> tuple[UUID, str]:
    message_id = uuid5(change_id, address)
    return message_id, f"settings:{message_id}"


def _write_down(job: Job, said: str) -> None:
    note(
        job.connection,
        "settings changed" if job.asked.do != "test" else "test requested",
        clinic=job.clinic.slug,
        detail={
            "do": job.asked.do,
            "by": job.asked.by,
            "by_id": job.asked.by_id,
            "location": job.location.slug,
            "contact": job.asked.contact,
            "said": said,
        },
    )


def _concerned(job: Job) -> list[str]:
    """The contact and the cover, at the addresses that were in force before."""
    people = [job.routing.people.get(key) for key in (job.asked.contact, job.typed("cover"))]
    return [person.email for person in people if person and person.email]


def _job(
    connection: Connection,
    asked: Change,
    clinic: Clinic,
    location: Location,
    directory: Directory | None,
    desk_url: str,
) -> Job:
    return Job(
        connection=connection,
        asked=asked,
        clinic=clinic,
        location=location,
        routing=recipients(connection, clinic.slug, location.slug),
        directory=directory,
        desk_url=desk_url,
    )


def _send_test(job: Job) -> list[Sent]:
    """Raises Refused."""
    person = job.person()
    _not_too_soon(job.connection, person.id)
    sent = drill.test_person(
        job.connection,
        person,
        clinic=job.clinic.slug,
        name=job.location.name,
        head=letterhead(job.clinic),
    )
    if not sent:
        raise Refused(("", f"There is no confirmed way to tell {person.name} yet"))
    return sent


def _not_too_soon(connection: Connection, contact_id: int) -> None:
    age_s = func.extract("epoch", func.now() - func.max(message.c.created_at))
    last = connection.scalar(
        select(age_s).where(
            message.c.contact_id == contact_id,
            message.c.alert_id.is_(None),
            message.c.dedup_key.startswith(drill.TEST, autoescape=True),
        )
    )
    if last is not None and last < TEST_AGAIN_S:
        raise Refused(("", f"A test went there {int(last)} seconds ago: wait a minute"))
