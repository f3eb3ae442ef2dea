"""Things with defaults, so that a test says only what it is about."""

from datetime import time
from typing import Any

from contract.directory import Choice, Clinic, Directory, Location, Span

NINE_TO_FIVE = (Span(opens=time(9), closes=time(17)),)
WEEKDAYS = (*(NINE_TO_FIVE for _ in range(5)), (), ())


def a_location(slug: str = "bakersfield", **changes: Any) -> Location:
    values: dict[str, Any] = {
        "slug": slug,
        "name": slug.title(),
        "street": "100 Oak Street",
        "city": slug.title(),
        "state": "CA",
        "postal_code": "93301",
        "phone": "+16615550142",
        "phone_display": "(661) 555-0142",
        "zone": "America/Los_Angeles",
        "hours": WEEKDAYS,
        "towns": (slug.title(), "93301"),
    }
    return Location(**values | changes)


def a_clinic(slug: str = "envista", **changes: Any) -> Clinic:
    values: dict[str, Any] = {
        "slug": slug,
        "name": slug.title(),
        "hosts": (f"{slug}.example",),
        "phone": "+16615550142",
        "phone_display": "(661) 555-0142",
        "locations": (
            a_location("bakersfield"),
            a_location("shafter", towns=("Shafter", "93263"), phone="+16615550143"),
        ),
        "forms": ("contact", "appointment"),
        "reasons": (Choice(value="back-pain", label="Back pain"),),
    }
    return Clinic(**values | changes)


def a_directory(*clinics: Clinic, version: int = 1) -> Directory:
    return Directory(version=version, clinics=clinics or (a_clinic(),))


def a_form(**changes: str) -> dict[str, str]:
    """The fields of a contact request as a browser sends them."""
    return {
        "kind": "contact",
        "location": "shafter",
        "name": "Ana Ruiz",
        "reply_by": "phone",
        "phone": "(661) 555-0199",
        "email": "",
        "message": "My back has hurt since Monday.",
        "for": "me",
        "language": "en",
        "form": "v1",
        "topic_code": "",
    } | changes
