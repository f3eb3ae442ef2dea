"""What tests of changed alert settings share: the buttons, and where a change is seen."""

from bs4 import BeautifulSoup
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.desk.conftest import Colleague, Office

SHAFTER = "/settings/envista/shafter"
MARIA = f"{SHAFTER}/maria"


def in_order(page: BeautifulSoup) -> list[str]:
    return [row.get_text() for row in page.select(".order h3")]


def change(
    who: Colleague, path: str, do: str, *, contact: str = "", speaks: str = "", **typed: str
) -> TestResponse:
    """Press a button of the page at `path`, as it is now."""
    seen = who.page(path).select_one("[name=seen]")
    fields = {"seen": str(seen["value"]), "do": do, **typed}
    fields |= {"contact": contact} if contact else {}
    fields |= {"speaks": speaks} if speaks else {}
    return who.post(path, **fields)


def an_edit(**changes: str) -> dict[str, str]:
    """The form of Maria as the page shows it."""
    return {
        "name": "Maria Ortega",
        "phone": "(559) 555-0101",
        "email": "maria@envista.example",
        "quiet_from_0": "21:00",
        "quiet_to_0": "07:00",
    } | changes


def mails(office: Office) -> list[tuple[str, str]]:
    """(to, text) of what the managers are told."""
    rows = office.notify.rows(
        "SELECT address, text FROM message WHERE dedup_key LIKE 'settings:%' ORDER BY address"
    )
    return [(row.address, row.text) for row in rows]


def told(office: Office, location: str = "shafter") -> list[str]:
    """The keys of the location's own list, in order."""
    rows = office.notify.rows(
        "SELECT r.location, c.key FROM route r JOIN contact c ON c.id = r.contact_id"
        " WHERE r.duty = 'tell' ORDER BY n"
    )
    return [row.key for row in rows if row.location == location]


def audited(office: Office) -> list[str]:
    with office.desk.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT what, detail->>'reason' AS why FROM staff_event"
                " WHERE what LIKE 'alert settings%' ORDER BY id"
            )
        )
        return [f"{row.what}: {row.why}" for row in rows]
