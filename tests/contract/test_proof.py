"""Only who holds the service token can mark a request as the group's own test, for a minute."""

from datetime import UTC, datetime, timedelta

import pytest

from contract.proof import Proof

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
TOKEN = "token"
NONCE = "0123456789abcdef" * 2


def given(**changes: object) -> Proof:
    facts = {"host": "foothill.example", "body": b"kind=contact", "at": NOW, "nonce": NONCE}
    return Proof.of(TOKEN, **facts | changes)  # type: ignore[arg-type]


def holds(proof: Proof | None, token: str = TOKEN, **changes: object) -> bool:
    facts = {"host": "foothill.example", "body": b"kind=contact", "now": NOW}
    return proof is not None and proof.holds(token, **facts | changes)  # type: ignore[arg-type]


def test_a_proof_holds_as_it_was_given() -> None:
    assert holds(Proof.read(str(given())))


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "another"},
        {"host": "other.example"},
        {"body": b"kind=contact&name=x"},
        {"now": NOW + timedelta(seconds=61)},
        {"now": NOW - timedelta(seconds=61)},
    ],
)
def test_it_is_good_for_nothing_else(changes: dict[str, object]) -> None:
    assert not holds(given(), **changes)  # type: ignore[arg-type]


def test_neither_its_moment_nor_its_number_can_be_changed() -> None:
    old = str(given(at=NOW - timedelta(hours=1)))
    newer = old.replace(old.split(".")[1], str(int(NOW.timestamp())))
    assert not holds(Proof.read(newer))
    assert not holds(Proof.read(str(given()).replace(NONCE, "f" * 32)))


@pytest.mark.parametrize("header", ["", "1", "v1", "v1.1.2.3", f"v2.1.{NONCE}.{'0' * 64}", "\x00"])
def test_what_is_no_proof_is_none(header: str) -> None:
    assert Proof.read(header) is None
