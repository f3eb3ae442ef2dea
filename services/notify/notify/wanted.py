"""A message that somebody is to send, as processes and threads tell one another of it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """Written as "<channel>:<message id>:<clinic>": what a wake-up and a task carry."""

    channel: str
    id: UUID
    clinic: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}:{self.clinic}"

    @classmethod
    def read(cls, written: str) -> "Wanted":
        channel, message_id, clinic = written.split(":", 2)
        return cls(channel, UUID(message_id), clinic)
