"""Whatever is sent: it is kept as it was, or refused in words; nothing falls over."""

import gzip
import io
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from sqlalchemy import Engine

from contract.logs import FIELDS as LOG_FIELDS
from leads import form
from leads.api.body import FIELDS
from leads.app import acceptor_of
from leads.drain import Drain
from leads.reading import LIMITS
from plumbing.spool import Spool
from tests.builders import a_directory, a_form
from tests.leads.conftest import Leads, a_reader
from tests.leads.test_accept import rows, words

BASE = "http://envista.example"
KEPT = [
    "<script>alert(1)</script>",
    "'; DROP TABLE lead; --",
    "{{ 7 * 7 }} ${7*7} <?= 7 ?> %(name)s {0}",
    "=cmd|' /C calc'!A0",
    "😀 👩‍⚕️ é ñ ß ﬁ Ω 中文 عربى עברית",
    "right to left \u202e override and \u200b zero width",
    "%00 %0d%0a written out",
    "Bcc: everybody@example.com",
    "x" * 2000,
    "\ufeffbyte order mark",
    "\U0010ffff last of all",
]
REFUSED = ["a\x00b", "a\x1b[31mb", "a\x07b", "a\x7fb", "a\x85b", "line\x0bfeed", "back\x08space"]


def never_stored(leads: Leads, engine: Engine, tmp_path: Path) -> int:
    """How many requests the database will not take, however often they are tried."""
    spool = Spool(leads.settings.spool_dir, leads.settings.seal_keys)
    Drain(spool, acceptor_of(leads.settings, engine), a_reader(tmp_path, a_directory())).one_pass()
    return spool.standing().waiting + spool.standing().aside


@pytest.mark.parametrize("said", KEPT, ids=range(len(KEPT)))
def test_what_a_patient_may_write_is_kept_to_the_letter(leads: Leads, said: str) -> None:
    answer = leads.post(a_form(message=said))
    assert answer.status_code == 303, answer.text
    [row] = rows(leads, said)
    assert words(leads, row)["message"] == said


@pytest.mark.parametrize("said", REFUSED, ids=range(len(REFUSED)))
@pytest.mark.parametrize("field", ["name", "message", "relationship", "town"])
def test_what_no_keyboard_types_is_refused_in_words(leads: Leads, field: str, said: str) -> None:
    answer = leads.post(
        a_form(**{"for": "someone_else", "patient_name": "Leo", "relationship": "parent"})
        | {field: said}
    )
    assert answer.status_code == 422
    assert "holds a character that we cannot keep" in answer.text


@pytest.mark.parametrize("field", sorted({*FIELDS, "gclid", "unknown"}))
def test_no_field_can_make_the_database_refuse(
    leads: Leads, engine: Engine, tmp_path: Path, field: str
) -> None:
    for said in (KEPT[4], KEPT[5], "a\x00b", "a\r\nSet-Cookie: x=1", "//evil.example/"):
        answer = leads.post(a_form(message=f"in {field}") | {field: said})
        assert answer.status_code in {303, 404, 422}, (field, said, answer.status_code)
        assert "Set-Cookie" not in answer.headers
        if answer.status_code == 303:
            assert answer.location.startswith("/thanks/?ref=")
    assert never_stored(leads, engine, tmp_path) == 0


@pytest.mark.parametrize("field", sorted(LIMITS))
def test_a_field_that_is_too_long_says_its_limit(leads: Leads, field: str) -> None:
    most = LIMITS[field][0]
    fields = a_form(
        kind="appointment",
        reason="back-pain",
        patient="new",
        when="days",
        **{"for": "someone_else"},
    )
    answer = leads.post(
        fields | {"patient_name": "Leo", "relationship": "x", field: "9" * (most + 1)}
    )
    assert answer.status_code == 422
    known = f"{most:,} characters or less" in answer.text or f"{most} characters" in answer.text
    assert known or "Choose" in answer.text


# what makes careless patterns try every way to cut it, as long as a body may be
TIRING = [
    sign * (60_000 // len(quote_plus(sign)))
    for sign in (*"a1 .-@(+/", "a.", "a@", "1/", "1 ", "a-", "//", "0,", "http://", "e\u0301\u0323")
]


@pytest.mark.parametrize("field", sorted({*FIELDS, "gclid"}))
def test_no_field_keeps_a_processor_busy(leads: Leads, field: str) -> None:
    for said in TIRING:
        start = time.process_time()  # what others on the machine do does not count
        tiring = f"{said[:-9]}x"  # the end that does not fit is what makes it try again
        answer = leads.post(a_form(kind="appointment", when="days") | {field: tiring})
        assert answer.status_code in {303, 404, 422}
        assert time.process_time() - start < 1, (field, said[:10])


def raw(leads: Leads, body: bytes, **headers: str):
    return leads.client.post(
        "/leads/requests",
        data=body,
        base_url=BASE,
        content_type="application/x-www-form-urlencoded",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"name=%ff%fe", "not UTF-8"),
        (b"name=\xff", "not UTF-8"),
        (b"name=%ed%a0%80", "not UTF-8"),
        (b"&".join(b"f%d=1" % number for number in range(41)), "more than 40 fields"),
    ],
)
def test_a_body_that_is_no_form_says_why(leads: Leads, body: bytes, says: str) -> None:
    answer = raw(leads, body)
    assert answer.status_code == 400
    assert says in answer.text
    assert "(661) 555-0142" in answer.text


@pytest.mark.parametrize("path", ["/leads/requests", "/leads/v1/requests"])
@pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1, 70_000, 1_000_000])
def test_a_body_that_does_not_tell_its_length_is_never_taken_in_part(
    leads: Leads, path: str, size: int
) -> None:
    kind = "json" if "v1" in path else "x-www-form-urlencoded"
    answer = leads.client.post(
        path,
        base_url=BASE,
        input_stream=io.BytesIO(b"a" * size),
        environ_overrides={"wsgi.input_terminated": True},
        content_type=f"application/{kind}",
    )
    assert answer.status_code == (413 if size > 64 * 1024 else 400 if kind == "json" else 422)


def test_a_compressed_body_is_not_unpacked(leads: Leads) -> None:
    bomb = gzip.compress(b"message=" + b"a" * 10_000_000)
    for coding in ("gzip", "deflate", "br", "zstd", "gzip, gzip"):
        answer = raw(leads, bomb, Content_Encoding=coding)
        assert answer.status_code == 415
        assert "without Content-Encoding" in answer.text


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://envista.example.evil.example", "file://", "x"]
)
def test_a_form_from_a_page_that_is_not_the_clinics_is_refused(leads: Leads, origin: str) -> None:
    answer = leads.post(a_form(message=f"from {origin}"), headers={"Origin": origin})
    assert answer.status_code == 403
    assert "not sent" in answer.text
    assert "(661) 555-0142" in answer.text
    assert rows(leads, f"from {origin}") == []


def test_a_form_of_the_clinics_own_page_is_taken_in_every_spelling(leads: Leads) -> None:
    for origin in (BASE, "https://envista.example", "http://ENVISTA.example.:8000", "null"):
        answer = leads.post(a_form(message=f"own {origin}"), headers={"Origin": origin})
        assert answer.status_code == 303, origin


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "spine.example"},
        {"Forwarded": "host=spine.example"},
        {"X-Original-URL": "/internal/events"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Forwarded-Prefix": "/evil"},
        {"X-Forwarded-Proto": "javascript"},
    ],
)
def test_headers_of_proxies_change_neither_clinic_nor_redirect(
    leads: Leads, headers: dict[str, str]
) -> None:
    answer = leads.post(a_form(message=f"proxy {headers}"), headers=headers)
    assert answer.status_code == 303
    assert answer.location.startswith("/thanks/?ref=")
    [row] = rows(leads, f"proxy {headers}")
    assert row["clinic"] == "envista"


@pytest.mark.parametrize("host", ["..", "envista.example/@evil", "", "a b"])
def test_a_hostile_host_is_nobodys(leads: Leads, host: str) -> None:
    answer = leads.client.post("/leads/requests", data=a_form(), headers={"Host": host})
    assert answer.status_code in {400, 421}
    assert "nvista" not in answer.text


@pytest.mark.parametrize(
    "query", ["ref=//evil.example&t=x", "ref=%0d%0aX:1&t=%00", "t=" + "x" * 5000, "ref=a&ref=b"]
)
def test_the_thanks_page_repeats_nothing_of_its_address(leads: Leads, query: str) -> None:
    page = leads.client.get(f"/thanks/?{query}", base_url=BASE)
    assert page.status_code == 200
    assert "evil" not in page.text


def test_the_log_has_no_field_for_what_patients_type(
    leads: Leads, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        leads.post(a_form(name="Canary Name", message="canary words", email="canary@example.com"))
        leads.post(a_form(name="", message="canary words"))
        raw(leads, quote("message=canary").encode() + b"%ff")
    for record in caplog.records:
        assert "anary" not in repr(vars(record))
    assert not {"name", "phone", "email", "message", *form.UTM} & LOG_FIELDS
