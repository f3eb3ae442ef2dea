"""The letter: right headers, any language, nothing smuggled in."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notify.providers import Outgoing, ProviderError
from notify.providers.mail import BOUNDARY, letter
from tests.providers.builders import HTML, a_message

SENDER = "alerts@clinics.example"


def read(message: Outgoing, sender: str = SENDER) -> EmailMessage:
    """As the recipient's program reads it."""
    content = letter(message, sender=sender).content
    mail = message_from_bytes(content, policy=policy.default.clone(raise_on_defect=True))
    assert isinstance(mail, EmailMessage)
    return mail


def test_the_headers_say_who_what_and_when() -> None:
    message = a_message(
        id=UUID("0925f144-5e8c-43f8-a865-0013d0fa8e23"),
        from_name="Clínica Peña, Inc.",
        reply_to="front@envista.example",
        created_at=datetime(2026, 11, 22, 2, 31, tzinfo=UTC),
        references=("K7QF2MPD", "M2MM2MMM"),
    )
    mail = read(message)
    assert {name: str(value) for name, value in mail.items() if name != "Content-Type"} == {
        "From": '"Clínica Peña, Inc." <alerts@clinics.example>',
        "To": "maria@envista.example",
        "Subject": "New contact request · Shafter · K7QF 2MPD",
        "Reply-To": "front@envista.example",
        "Date": "Sun, 22 Nov 2026 02:31:00 +0000",
        "Message-ID": "<0925f144-5e8c-43f8-a865-0013d0fa8e23@clinics.example>",
        "Auto-Submitted": "auto-generated",
        "X-Frontdesk-Reference": "K7QF2MPD, M2MM2MMM",
        "MIME-Version": "1.0",
    }


def test_text_and_html_are_alternatives() -> None:
    message = a_message(text="Llámenos: 王 👍\n.\nend\n")
    mail = read(message)
    assert mail.get_content_type() == "multipart/alternative"
    parts = [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]
    assert parts == [message.text, HTML + "\n"]


@pytest.mark.parametrize("where", ["text", "html"])
def test_words_that_look_like_a_boundary_bound_nothing(where: str) -> None:
    words = f"before\n--{BOUNDARY}\nbetween\n--{BOUNDARY}--\nafter\n"
    mail = read(a_message(**{"text": "short\n", "html": "<p>short</p>\n", where: words}))
    parts = [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]
    assert len(parts) == 2
    assert words in parts


def test_without_html_it_is_plain_text() -> None:
    assert read(a_message(html="")).get_content_type() == "text/plain"


def test_a_copy_is_the_same_byte_for_byte() -> None:
    message = a_message()
    first, second = letter(message, sender=SENDER), letter(message, sender=SENDER)
    assert first == second


def test_a_long_domain_does_not_break_the_message_id() -> None:
    domain = "alerts.of-the-foothill-family-practice-and-urgent-care.clinics.example"
    message = a_message()
    mail = read(message, sender=f"frontdesk@{domain}")
    assert str(mail["Message-ID"]).strip() == f"<{message.id}@{domain}>"


@pytest.mark.parametrize("field", ["subject", "from_name"])
@pytest.mark.parametrize("bad", ["x\r\nBcc: eve@evil.example", "x\nBcc: e", "x\u2028y", "x\0y"])
def test_a_line_break_in_a_header_is_refused(field: str, bad: str) -> None:
    with pytest.raises(ProviderError) as raised:
        letter(a_message(**{field: bad}), sender=SENDER)
    assert raised.value.permanent
    assert "evil" not in raised.value.reason


def test_a_line_break_in_a_reference_is_refused() -> None:
    with pytest.raises(ProviderError, match="line break"):
        letter(a_message(references=("K7QF\r\nBcc: eve@evil.example",)), sender=SENDER)


@pytest.mark.parametrize("field", ["to", "reply_to"])
@pytest.mark.parametrize(
    "bad",
    [
        "maria",
        "maria@",
        "maria@x.example\r\nRCPT TO:<eve@evil.example>",
        "maria@x.example, eve@evil.example",
        "<maria@x.example>",
        "maria@x.example> SIZE=1",
        "maría@x.example",
        "a" * 250 + "@x.example",
    ],
)
def test_what_is_no_address_is_refused_for_good(field: str, bad: str) -> None:
    with pytest.raises(ProviderError, match="no usable mail address") as raised:
        letter(a_message(**{field: bad}), sender=SENDER)
    assert raised.value.permanent


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=2000))
def test_whatever_it_is_made_of_the_letter_has_its_headers_and_no_other(
    subject: str, name: str, text: str
) -> None:
    known: dict[str, Any] = {"subject": subject, "from_name": name, "text": text, "html": ""}
    try:
        ready = letter(a_message(**known), sender=SENDER)
    except (ProviderError, UnicodeEncodeError):  # lone surrogates cannot come from a database
        return
    mail = message_from_bytes(ready.content, policy=policy.default)
    assert sorted(name.lower() for name in mail) == sorted(
        [
            *("from", "to", "subject", "date", "message-id", "auto-submitted"),
            *("x-frontdesk-reference", "mime-version", "content-type"),
            "content-transfer-encoding",
        ]
    )
    assert mail["To"] == "maria@envista.example"
    assert [address.addr_spec for address in mail["From"].addresses] == [SENDER]
    assert ready.content.isascii()
    assert max(map(len, ready.content.split(b"\r\n"))) <= 998
    assert b"\n" not in ready.content.replace(b"\r\n", b"")
