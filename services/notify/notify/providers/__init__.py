"""How a message leaves the house: one small adapter for each provider.

    UnusableProvider    a provider URL cannot be used
    ProviderError       a message was not accepted, or nobody knows whether it was

A new provider is one module here and one line in `ADAPTERS` (notify.sending); docs/providers.md
says what its tests must show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit
from uuid import UUID

CHANNELS = ("email", "sms")
SINK = "sink"  # channel and provider of the group's own test requests (notify.sink)
# scheme -> the channels it can carry
SCHEMES: Mapping[str, frozenset[str]] = {
    "capture": frozenset({"email", "sms"}),
    "smtp": frozenset({"email"}),
    "twilio": frozenset({"sms"}),
}
DEMO_ONLY = frozenset({"capture"})


class UnusableProvider(ValueError):  # noqa: N818 - what the provider is
    """The message names scheme and position only: a provider URL may hold a password."""


class ProviderError(Exception):
    """A message was not accepted.

    permanent   trying again cannot help (no such number, refused mailbox)
    only_here   with permanent: it is this provider that never takes it; another one may
    opted_out   with permanent: the recipient wants nothing from this sender any more
    unknown     the provider may have taken it all the same (the answer was lost)
    retry_after_s   how long the provider wants to be left alone, if it said so
    `reason` is a short word for logs and rows: no address, no text.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        only_here: bool = False,
        opted_out: bool = False,
        unknown: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.only_here = only_here
        self.opted_out = opted_out
        self.unknown = unknown
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message as a provider gets it."""

    id: UUID
    kind: str  # alert, reminder, ...
    channel: str  # email or sms
    to: str
    subject: str  # "" for sms
    text: str
    html: str  # "" for sms
    references: tuple[str, ...]
    created_at: datetime | None = None  # aware; the same for every attempt
    from_name: str = ""  # of the clinic, beside the provider's own address
    reply_to: str = ""  # the clinic's address for answers
    sms_from: str = ""  # the clinic's own number; "": the provider's


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it, under the name `ref`."""

    ref: str


class Provider(Protocol):
    """Sends messages of the channels it is configured for.

    `name`          in rows, logs and metrics; unique among the configured ones
    `idempotent`    the same message id given twice reaches the recipient once
    """

    @property
    def name(self) -> str: ...

    @property
    def idempotent(self) -> bool: ...

    def send(self, message: Outgoing) -> Accepted:
        """Hand `message` over, within 20 s and without retries of its own.

        Raises ProviderError.
        """
        ...


@runtime_checkable
class Finder(Protocol):
    """A provider that can be asked whether it has a message."""

    def find(self, message: Outgoing) -> str | None:
        """The provider's reference for `message`; None: it has no such message (yet).

        Raises ProviderError when it does not answer.
        """
        ...


@runtime_checkable
class Reachable(Protocol):
    """A provider that can be asked whether it would take a message, without one."""

    @property
    def name(self) -> str: ...

    def reach(self) -> None:
        """Raises ProviderError, soon, when it would not, as far as that can be told."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderUrl:
    """One entry of NOTIFY_*_PROVIDERS."""

    scheme: str
    url: str = field(repr=False)  # may hold a password


def read_urls(text: str, channel: str, *, demo: bool) -> tuple[ProviderUrl, ...]:
    """Comma-separated provider URLs, in order.  Raises UnusableProvider."""
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    return tuple(
        _read_url(entry, number, channel, demo=demo)
        for number, entry in enumerate(entries, start=1)
    )


def _read_url(entry: str, number: int, channel: str, *, demo: bool) -> ProviderUrl:
    scheme = urlsplit(entry).scheme if "://" in entry else ""
    known = ", ".join(f"{name}://" for name, able in sorted(SCHEMES.items()) if channel in able)
    if channel not in SCHEMES.get(scheme, frozenset()):
        raise UnusableProvider(
            f"entry {number}: there is no provider {scheme!r} for {channel} (there is: {known})"
        )
    if scheme in DEMO_ONLY and not demo:
        raise UnusableProvider(f"entry {number}: {scheme}:// is only for FRONTDESK_DEMO=1")
    return ProviderUrl(scheme=scheme, url=entry)
