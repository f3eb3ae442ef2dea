"""How long a message lay still although nothing on its way was wrong."""

from collections.abc import Iterable
from dataclasses import dataclass

from bench.rig import IN_A_TEXT, Rig
from faults.weather import Window

LATE_S = 15.0  # after the end of the fault
SETTLE_S = 20.0  # more, where nobody knows whether the provider has it
MAIL, TEXT = "email", "sms"
# What a stored request's messages do not pass: the pages, and the events that go back.
ELSEWHERE = frozenset({"content", "content-publisher", "edge", "leads-consumer", "notify-relay"})
OTHER_CHANNEL = {MAIL: "text", TEXT: "mail"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The first message about a request on one channel; seconds since 1970."""

    reference: str
    channel: str
    stored: float
    at: float

    @property
    def waited_s(self) -> float:
        return self.at - self.stored

    def calm_s(self, windows: Iterable[Window]) -> float:
        """The longest time of its wait without a fault on its way; it should have left in it.

        A fault that has nothing to do with the message ends no such time and excuses nothing.
        """
        since, longest = self.stored, 0.0
        on_its_way = (window for window in windows if hits(window, self.channel))
        for window in sorted(on_its_way, key=lambda window: window.start):
            if window.end < self.stored:
                continue
            if window.start > self.at:
                break
            longest = max(longest, window.start - since)
            since = max(since, window.end)
        return max(longest, self.at - since)


def hits(window: Window, channel: str) -> bool:
    """Whether a message of `channel` can be held up by it."""
    how, _, what = window.what.partition(" ")
    return how != OTHER_CHANNEL[channel] and what not in ELSEWHERE


def first_messages(rig: Rig, references: Iterable[str]) -> list[Told]:
    """What was told first of each request, by mail and by text; not what followed later."""
    stored = rig.stored()
    first: dict[tuple[str, str], float] = {}
    for mail in list(rig.mails.taken):
        first.setdefault((mail.reference, MAIL), mail.at)
    for at, words in list(rig.texts.times):
        if match := IN_A_TEXT.search(words):
            first.setdefault(("".join(match.groups()), TEXT), at)
    return [
        Told(reference=reference, channel=channel, stored=stored[reference], at=at)
        for reference in references
        if reference in stored
        for channel in (MAIL, TEXT)
        if (at := first.get((reference, channel))) is not None
    ]
