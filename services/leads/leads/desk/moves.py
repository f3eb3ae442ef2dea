"""What can be done with a lead: the one table of allowed moves.

new -> taken -> waiting or done; a lead that is done can be opened again.  Every move is a
compare-and-set, so of two people only one makes it; what somebody did by mistake can be undone
for a while (leads.desk.making).
"""

from dataclasses import dataclass

CALL_NOW = "new"
TAKEN = "taken"
WAITING = "waiting"  # a message was left: the patient is expected to call back
DONE = "done"

OPEN = frozenset({CALL_NOW, TAKEN, WAITING})
HELD = frozenset({TAKEN, WAITING})
CONTACTS = frozenset({"reached", "left_message", "booked"})  # outcomes: the patient heard of us


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """`label`: on the button; `what`: in the lead's story; `told`: what notify hears.

    `by`: who may: holder (of a lead that nobody has: anyone), others (all but the holder), anyone.
    `frees`: nobody has the lead afterwards.  `asks`: the moment that goes with it: follow_up
    (required) or booked_for (where it is known).
    """

    name: str
    label: str
    what: str
    allowed_from: frozenset[str]
    to: str
    told: str
    by: str = "holder"
    outcome: str = ""
    frees: bool = False
    asks: str = ""


MOVES = {
    move.name: move
    for move in (
        Move(
            name="take",
            label="I'll call this patient",
            what="taken",
            allowed_from=frozenset({CALL_NOW}),
            to=TAKEN,
            told="taken",
            by="anyone",
        ),
        Move(
            name="take_over",
            label="I'll call instead",
            what="taken over",
            allowed_from=HELD,
            to=TAKEN,
            told="taken",
            by="others",
        ),
        Move(
            name="reached",
            label="Reached",
            what="reached",
            allowed_from=OPEN,
            to=DONE,
            told="outcome",
            outcome="reached",
        ),
        Move(
            name="left_message",
            label="Left message",
            what="left a message",
            allowed_from=OPEN,
            to=WAITING,
            told="outcome",
            outcome="left_message",
        ),
        Move(
            name="booked",
            label="Booked",
            what="booked",
            allowed_from=OPEN,
            to=DONE,
            told="outcome",
            outcome="booked",
            asks="booked_for",
        ),
        Move(
            name="pass_on",
            label="Pass on",
            what="passed on",
            allowed_from=HELD,
            to=CALL_NOW,
            told="passed_on",
            frees=True,
        ),
        Move(
            name="close",
            label="Close",
            what="closed",
            allowed_from=OPEN,
            to=DONE,
            told="outcome",
            outcome="closed",
        ),
        Move(
            name="later",
            label="Call again",
            what="to call again",
            allowed_from=OPEN,
            to=TAKEN,
            told="follow_up",
            asks="follow_up",
        ),
        Move(
            name="reopen",
            label="Open again",
            what="opened again",
            allowed_from=frozenset({DONE}),
            to=TAKEN,
            told="taken",
            by="anyone",
        ),
    )
}


def possible(state: str, *, held_by_me: bool) -> list[Move]:
    """The moves that a person can make now, in the order of the buttons."""
    who = {"anyone", "holder" if held_by_me or state == CALL_NOW else "others"}
    return [move for move in MOVES.values() if state in move.allowed_from and move.by in who]
