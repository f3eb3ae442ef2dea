"""What makes a request the same request, and the names it gets from that.

Every process that holds the hash key derives the same fingerprint and the same reference from the
same content, without asking a database.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from leads.form import CONSENTS
from leads.vault import Plain
from plumbing.sealing import HashKey

# 30 signs without look-alikes (no 0 O 1 I L U): 30^8 = 6.6e11 references per clinic
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 8
WORDS = (
    "message",
    "patient_name",
    "relationship",
    "reason",
    "patient",
    "practitioner",
    "town",
    "speaks",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """All that a patient said, whether it has just come or was stored before."""

    clinic: str
    kind: str
    location: str
    consents: Sequence[str]
    plain: Plain


def fingerprint(key: HashKey, request: Said) -> bytes:
    """32 bytes over all that the patient said; blanks and letter case do not matter.

    Names and days are part of it: a parent who asks for two children asks for two things.
    """
    contact, words = request.plain["contact"], request.plain["words"]
    said = (
        request.clinic,
        request.kind,
        request.location,
        request.plain["name"],
        *(contact[part] for part in ("reply_by", "phone", "extension", "email")),
        *(words[part] for part in WORDS),
        *(what for what in CONSENTS if what in request.consents),
        *(f"{day} {part}" for day, part in words["preferences"]),
    )
    return key.digest("fingerprint", *(" ".join(part.split()).casefold() for part in said))


def reference(
    key: HashKey, *, clinic: str, fingerprint: bytes, submission_id: str, n: int, spin: int = 0
) -> str:
    """8 signs.  `n`: how many leads with this fingerprint were there before; `spin`: raised when
    another lead of the clinic happens to have the reference already."""
    digest = key.digest("reference", clinic, fingerprint.hex(), submission_id, str(n), str(spin))
    number = int.from_bytes(digest)
    signs = []
    for _ in range(REFERENCE_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[rest])
    return "".join(signs)


def spoken(reference: str) -> str:
    """A reference as people read it: two groups of four."""
    return f"{reference[:4]} {reference[4:]}"
