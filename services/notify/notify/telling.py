"""The messages of one step: to one contact about one alert, on each channel."""

from dataclasses import replace

from notify import links, messages, numbers, states, words
from notify.alert import Alert
from notify.roster import Recipient
from notify.scene import Scene
from notify.wording import word
from notify.words import Item, Occasion
from plumbing.gathered import Gathered, Writes, gathered

# what captured messages and providers know; the finer kind is the step's
KINDS = {
    states.ALERT: "alert",
    states.TEXT: "alert",
    states.ESCALATION: "escalation",
    states.MISSED: "escalation",
    states.REMINDER: "reminder",
    states.FOLLOW_UP: "reminder",
    states.NOTICE: "staff",
}


def tell(
    connection: Writes,
    alert: Alert,
    scene: Scene,
    person: Recipient,
    channels: tuple[str, ...],
    occasion: Occasion,
    *,
    n: int,
) -> None:
    """Queue one message for each of `channels` that this contact has; they share one link."""
    able = [(channel, address) for channel, address in person.addresses() if channel in channels]
    if not able:
        return
    with gathered(connection) as writes:
        _tell(writes, alert, scene, person, able, occasion, n=n)


def _tell(
    writes: Gathered,
    alert: Alert,
    scene: Scene,
    person: Recipient,
    able: list[tuple[str, str]],
    occasion: Occasion,
    *,
    n: int,
) -> None:
    link = links.make(writes, alert_id=alert.id, contact_id=person.id, desk_url=scene.desk_url)
    number = (
        numbers.give(writes.connection, alert.id, person.id, now=scene.now)
        if "sms" in dict(able)
        else None
    )
    about = replace(facts(alert, scene), who=alert.first_name if person.names else "")
    item = Item(about=about, link=link, number=number)
    rows = [
        messages.queued(
            clinic=alert.clinic,
            step=(alert.id, n),
            contact_id=person.id,
            channel=channel,
            address=address,
            kind=KINDS[occasion.kind],
            worded=word(channel, item, occasion),
        )
        for channel, address in able
    ]
    messages.add_all(writes, [row for _id, row in rows])


def facts(alert: Alert, scene: Scene) -> words.Facts:
    return words.facts(
        scene.directory,
        clinic=alert.clinic,
        location=alert.location,
        kind=alert.kind,
        reference=alert.reference,
        received_at=alert.received_at,
        again=alert.again,
    )
