"""E-mails to staff: in the clinic's colors, one screen, one action, the same as plain text."""

from collections.abc import Sequence
from dataclasses import dataclass

from notify.paper import Note, set_letter
from notify.states import ESCALATION, FOLLOW_UP, MISSED, NOTICE, REMINDER
from notify.words import Facts, Item, Letterhead, Occasion, Worded, local_time, templates

WHEN = "%a, %B %-d, %Y, %-I:%M %p %Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a letter says beside the facts."""

    badge: str  # "": none
    heading: str
    line: str  # one sentence; "": none
    button: str  # "": there is nothing to do
    under: str  # below the button


TAKE = "I have it"
ASKS_ONCE_MORE = "The next page asks once more; whoever says it first is the one who calls."


def letter(item: Item, occasion: Occasion) -> Worded:
    about, said = item.about, _saying(item.about, occasion)
    known = {
        "about": about,
        "head": about.head,
        "language": "en",
        "said": said,
        "link": item.link,
        "number": item.number,
        "received": local_time(about, WHEN),
    }
    opening = f"{said.badge}: {about.what}" if said.badge else said.heading
    return Worded(
        subject=f"{opening} \u00b7 {about.location} \u00b7 {about.reference}",
        text=templates().get_template("alert.txt").render(known),
        html=templates().get_template("alert.html").render(known),
    )


def together(items: Sequence[Item], desk_url: str) -> Worded:
    """Several requests that waited for the opening."""
    about = items[0].about
    known = {
        "about": about,
        "head": about.head,
        "language": "en",
        "heading": f"{len(items)} requests since closing",
        "rows": [(item, local_time(item.about, "%a %b %-d, %-I:%M %p")) for item in items],
        "desk_url": desk_url,
    }
    return Worded(
        subject=f"{len(items)} requests since closing \u00b7 {about.location}",
        text=templates().get_template("together.txt").render(known),
        html=templates().get_template("together.html").render(known),
    )


def test(location: str, head: Letterhead) -> Worded:
    lines = (
        f"This is a test for {location}. There is no request and nothing to do.",
        "When a patient writes, the alert reaches you the way this message did.",
    )
    subject = f"TEST \u00b7 {location} \u00b7 nothing to do"
    note = Note(subject=subject, heading=f"A test for {location}", lines=lines)
    return set_letter(note, head=head)


def _saying(about: Facts, occasion: Occasion) -> Saying:
    what = about.what[0].upper() + about.what[1:]
    plea = "The same person has written before and is still waiting." if about.again else ""
    match occasion.kind:
        case kind if kind == ESCALATION:
            held = f"{occasion.holder} said \u201cI have it\u201d, and no outcome is known."
            line = held if occasion.holder else "Nobody has answered so far. It is your turn."
            return Saying(
                badge="NO ANSWER YET",
                heading=what,
                line=" ".join(filter(None, (line, plea))),
                button=TAKE,
                under=ASKS_ONCE_MORE,
            )
        case kind if kind == MISSED:
            return Saying(
                badge="NOBODY ANSWERED",
                heading=what,
                line="Everybody in line was told. Nobody else will be: this patient still waits.",
                button=TAKE,
                under=ASKS_ONCE_MORE,
            )
        case kind if kind == REMINDER:
            yours = f"{occasion.holder} has it, and no outcome is known yet."
            return Saying(
                badge="STILL OPEN",
                heading=what,
                line=f"{yours} Has the patient been reached?",
                button="Say how it went",
                under="Without an outcome the next contact is told soon.",
            )
        case kind if kind == FOLLOW_UP:
            return Saying(
                badge="CALL AGAIN NOW",
                heading=what,
                line=f"{occasion.holder} wanted to call this patient again at this time.",
                button="Say how it went",
                under="Without an outcome the next contact is told soon.",
            )
        case kind if kind == NOTICE:
            return Saying(
                badge="TAKEN",
                heading=f"{occasion.holder} has it",
                line="Nothing is left for you to do.",
                button="",
                under="",
            )
    return Saying(
        badge="ASKED AGAIN" if about.again else "",
        heading=what if about.again else f"New {about.what}",
        line=plea,
        button=TAKE,
        under=ASKS_ONCE_MORE,
    )
