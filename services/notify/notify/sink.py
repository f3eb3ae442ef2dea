"""Where the alerts of test requests end: a provider that nobody reads, behind all of the way there.

Such an alert is a row like any other, with one message, which the worker claims and sends.  It
belongs to no clinic (contract.events.SYNTHETIC): nobody is told, nothing is counted or escalated.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from contract.events import SYNTHETIC, LeadAccepted
from notify import messages, states, steps
from notify.alert import Alert
from notify.chains import OPENED
from notify.providers import SINK, Accepted, Outgoing
from notify.records import record
from notify.scene import Scene
from notify.tables import alert as alerts
from notify.words import Worded

KIND = "synthetic"


class Sink:
    """Takes everything, keeps nothing."""

    name = SINK
    idempotent = True

    def send(self, message: Outgoing) -> Accepted:
        return Accepted(str(message.id))


def open_alert(connection: Connection, lead: LeadAccepted, *, now: datetime | None = None) -> None:
    """The alert of a test request and its one message, however often it is announced."""
    scene = Scene(directory=None, desk_url="", now=now or datetime.now(UTC))
    alert = Alert.of(lead, scene)
    values = {name: getattr(alert, name) for name in Alert.__dataclass_fields__}
    row = insert(alerts).values(
        **values | {"clinic": SYNTHETIC},
        state=states.OPEN,
        reason={"contacts": [SINK]},
        opened_at=scene.now,
    )
    opened = connection.execute(row.on_conflict_do_nothing().returning(alerts)).one_or_none()
    if opened is None:
        return  # another event of the same lead was first
    alert = Alert.from_row(opened)
    n = steps.done(connection, alert.id, states.ALERT, at=scene.now, contact_id=None)
    record(connection, alert, OPENED, told="opened", at=scene.now, step=n)
    messages.add(
        connection,
        clinic=alert.clinic,
        step=(alert.id, n),
        contact_id=None,
        channel=SINK,
        address=SINK,
        kind=KIND,
        worded=Worded(subject="", text="", html=""),
    )
