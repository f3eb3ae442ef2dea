"""Callbacks: only what the holder of the auth token signed counts.

`twilio_vectors.json` was made with the vendor's own library (twilio 9, RequestValidator).
"""

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from notify.providers.twilio_signature import valid_signature

VECTORS = json.loads((Path(__file__).parent / "twilio_vectors.json").read_text())
each = pytest.mark.parametrize("vector", VECTORS, ids=[vector["what"] for vector in VECTORS])


def is_valid(vector: dict[str, Any], **changes: Any) -> bool:
    known = vector | changes
    params = [(name, value) for name, value in known["params"]]
    return valid_signature(known["token"], known["url"], params, known["signature"])


@each
def test_what_the_vendors_library_signs_is_valid(vector: dict[str, Any]) -> None:
    assert is_valid(vector)


@each
def test_the_order_of_the_fields_does_not_matter(vector: dict[str, Any]) -> None:
    assert is_valid(vector, params=list(reversed(vector["params"])))


@each
@pytest.mark.parametrize(
    "change",
    [
        {"token": "another"},
        {"token": ""},
        {"signature": ""},
        {"signature": "é"},
        {"signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"url": "https://desk.other.example/alerts/twilio/status"},
        {"params": [["MessageStatus", "delivered"]]},
    ],
)
def test_anything_changed_is_refused(vector: dict[str, Any], change: dict[str, Any]) -> None:
    assert not is_valid(vector, **change)


@each
def test_a_field_more_is_refused(vector: dict[str, Any]) -> None:
    assert not is_valid(vector, params=[*vector["params"], ["Extra", "1"]])


def test_without_a_token_nothing_is_valid_not_even_what_was_signed_with_none() -> None:
    url = "https://desk.clinics.example/alerts/twilio/status"
    signature = base64.b64encode(hmac.digest(b"", url.encode(), "sha1")).decode()
    assert not valid_signature("", url, [], signature)


def test_it_is_valid_whether_the_usual_port_was_signed_or_not() -> None:
    """The vendor's validator allows the same."""
    vector = VECTORS[0]
    with_port = vector["url"].replace(".example/", ".example:443/")
    assert is_valid(vector, url=with_port)
