"""What providers tell us by themselves: reports about our messages, and texts that came in.

Refused     a request is not the provider's, or for somebody else
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

ACCEPTED, SENT, FAILED, DELIVERED = "accepted", "sent", "failed", "delivered"
RANK = (ACCEPTED, SENT, FAILED, DELIVERED)  # each counts more than those before it


class Refused(Exception):  # noqa: N818 - what happened to the request
    """The reason is for our log; whoever asked is told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One report.  `ref`: the provider's name for the message; `said`: its own word."""

    provider: str
    ref: str
    said: str
    state: str  # one of RANK
    final: bool = False  # failed, and neither time nor another provider can help
    reason: str = ""  # why it failed: no address and no text


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text that somebody sent to one of our numbers.  `number`, `to`: E.164 or short codes."""

    provider: str
    ref: str
    number: str
    to: str
    text: str
    handled: str = ""  # STOP, START or HELP where the provider has answered it already


@runtime_checkable
class Reporter(Protocol):
    """A provider that can be asked what became of a message that it has."""

    def report(self, ref: str, *, others: bool) -> Receipt:
        """`ref`: its name for the message; `others`: another provider could try.

        Raises notify.providers.ProviderError when it does not answer.
        """
        ...
