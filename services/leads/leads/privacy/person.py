"""A person as somebody types them: a phone number or an e-mail address, in any form."""

from dataclasses import dataclass
from typing import Self

from leads import search
from plumbing.sealing import HashKey

LONGEST = 320  # characters that are looked at: the longest address there can be
AROUND = " \t\r\n<>()\"'.,;"  # what comes along when somebody copies an address


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`what`: phone, email.  `value`: E.164, or the address with its letter case folded."""

    what: str
    value: str

    @classmethod
    def read(cls, typed: str) -> Self | None:
        """None when `typed` is neither a number nor an address.

        An address is meant as it is typed: ana+clinic@mail.example is not ana@mail.example.
        """
        if len(typed) > LONGEST:
            return None
        text = typed.strip()
        if text.endswith(">") and "<" in text:  # Ana Ruiz <ana@mail.example>
            text = text.rpartition("<")[2]
        scheme, _, rest = text.partition(":")
        if scheme.casefold() in {"mailto", "tel", "sms"}:
            text = rest
        for candidate in (text, text.strip(AROUND)):
            if found := search.address(candidate):
                return cls(what=found[0], value=found[1])
        return None

    def marks(self, key: HashKey, clinic: str) -> list[bytes]:
        """Under what the person's rows are found at `clinic`; they say nothing without the key."""
        return [search.mark(each, clinic, self.what, self.value) for each in key.every]
