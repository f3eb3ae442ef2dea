"""What can be done with a lead: the one table of allowed moves.

new -> taken -> waiting or done; a lead that is done can be opened again.  Every move is a
compare-and-set, so of two people only one makes it.
"""

from dataclasses import dataclass

CALL_NOW = "new"
TAKEN = "taken"
WAITING = "waiting"  # a message was left: the patient is expected to call back
DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """`label`: on the button; `what`: in the lead's story; `told`: what notify hears."""

    name: str
    label: str
    what: str
    allowed_from: frozenset[str]
    to: str
    told: str
    by: str = "holder"  # who may: holder, others (all but the holder), anyone
    outcome: str = ""


_HELD = frozenset({TAKEN, WAITING})

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
            allowed_from=_HELD,
            to=TAKEN,
            told="taken",
            by="others",
        ),
        Move(
            name="reached",
            label="Reached",
            what="reached",
            allowed_from=_HELD,
            to=DONE,
            told="outcome",
            outcome="reached",
        ),
        Move(
            name="left_message",
            label="Left message",
            what="left a message",
            allowed_from=_HELD,
            to=WAITING,
            told="outcome",
            outcome="left_message",
        ),
        Move(
            name="booked",
            label="Booked",
            what="booked",
            allowed_from=_HELD,
            to=DONE,
            told="outcome",
            outcome="booked",
        ),
        Move(
            name="close",
            label="Close",
            what="closed",
            allowed_from=_HELD,
            to=DONE,
            told="outcome",
            outcome="closed",
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
    who = {"anyone", "holder" if held_by_me else "others"}
    return [move for move in MOVES.values() if state in move.allowed_from and move.by in who]
