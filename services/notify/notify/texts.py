"""Text messages: one segment, always in the same order: location, kind, reference, link, number."""

from collections.abc import Sequence

from notify.states import ESCALATION, FOLLOW_UP, MISSED, REMINDER
from notify.words import Item, Occasion, gsm_7

LIMIT = 160  # one segment of GSM-7 characters
SHORTEST_LOCATION = 10  # still tells one from another

AGAIN = "ASKED AGAIN"
LOUD = {
    ESCALATION: "NO ANSWER YET",
    REMINDER: "STILL YOURS",
    FOLLOW_UP: "CALL AGAIN NOW",
    MISSED: "NOBODY ANSWERED",
}


def text(item: Item, occasion: Occasion) -> str:
    """One segment, also with the longest names; a desk's host over 37 letters takes a second."""
    about = item.about
    loud = LOUD.get(occasion.kind) or (AGAIN if about.again else "")
    kind = f"{loud}, {about.what}" if loud else f"new {about.what}"
    link = f" {item.link}" if item.link else ""
    location, ways = gsm_7(about.location), _ways(item.number, occasion)
    middle = f": {kind}, {about.reference}.{link}"
    named = f": {kind} from {gsm_7(about.who)}, {about.reference}.{link}"
    if about.who and len(location) + len(named) + len(ways[-1]) <= LIMIT:
        middle = named
    return _fit(location, middle, ways)


def together(items: Sequence[Item], desk_url: str) -> str:
    """Several requests that waited for the opening, with as many numbers as there is room for."""
    middle = f": {len(items)} requests since closing."
    desk = f" {desk_url}/" if desk_url else ""
    numbered = [f"{item.number} = {item.about.reference}" for item in items if item.number]
    ends = [
        f" {', '.join(numbered[:shown])}{',…' if shown < len(numbered) else ''}.{desk}"
        f" Reply {items[0].number}: I have it"
        for shown in range(len(numbered), 0, -1)
    ]
    ends = [end.replace("\u2026", " ..") for end in ends]
    return _fit(gsm_7(items[0].about.location), middle, [*ends, desk])


def test(location: str) -> str:
    said = f"{gsm_7(location)[:60]}: TEST. No request, nothing to do. This is how an alert"
    return f"{said} reaches you."


def _ways(number: int | None, occasion: Occasion) -> list[str]:
    """What can be answered, in as many words as there may be room for."""
    if number is None:
        return [""]
    take, pass_on, done = f"{number}: I have it", f"{number}N: not mine", f"{number}Y: reached"
    if occasion.kind in {REMINDER, FOLLOW_UP}:
        return [f" Reply {done}, {pass_on}", f" Reply {done}"]
    return [f" Reply {take}, {pass_on}, {done}", f" Reply {take}, {pass_on}", f" Reply {take}"]


def _fit(location: str, middle: str, ends: Sequence[str]) -> str:
    """The fullest of `ends` that leaves the location whole; else the last, and what is left."""
    for end in ends:
        if len(location) + len(middle) + len(end) <= LIMIT:
            return f"{location}{middle}{end}"
    left = LIMIT - len(middle) - len(ends[-1])
    return f"{location[: max(left, SHORTEST_LOCATION)].rstrip()}{middle}{ends[-1]}"
