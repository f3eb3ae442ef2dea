"""What a patient reads who came to the Spanish pages: wherever they get to, no English is left.

A text that stands on the English page and on its twin alike is a name, a number or the clinic's
own; whatever else is the same was never translated.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import httpx
import pytest
from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Doctype, NavigableString, Script, Stylesheet

from leads.comments.box import CommentBox, NotKept
from leads.intake import Intake, NotTaken
from leads.limits import Limits
from leads.promise import promise
from notify.paper import Slip, worded
from plumbing.words import words_of
from tests.builders import a_form, a_location
from tests.forms.conftest import Clinics

LANGUAGES = ("en", "es")
SHOWN_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title", "content", "data-sending")
# of the clinic files, names of languages, and a word that both have
OWN = {"North Clinic", "South Clinic", "Weston", "Easton", "Weston, CA", "Easton, CA 93298"}
OWN |= {"© North Clinic", "© South Clinic", "5 Hill Street", "Low Ferry", "Español"}
OWN |= {"English", "North", "South", "911", "Pain", "Error"}
TOO_LONG = "x" * 2001
TYPED = {TOO_LONG, "Ana Ruiz", "in any language", "Helped", "no address", "some day", "lower back"}
APPOINTMENT = {"kind": "appointment", "location": "weston", "reason": "pain", "patient": "new"}
NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)  # a Monday morning in Los Angeles
TODAY = datetime.now(UTC).date()
SUNDAY = TODAY + timedelta(days=13 - TODAY.weekday())


class Visitor:
    """Somebody on the pages of one language."""

    def __init__(self, clinics: Clinics, language: str) -> None:
        self.language = language
        self._prefix = "" if language == "en" else f"/{language}"
        self._port = clinics.port
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{clinics.port}", trust_env=False, timeout=30
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, clinic: str = "north") -> httpx.Response:
        return self._http.get(self._prefix + path, headers=self._came(clinic))

    def static(self, path: str, clinic: str = "north") -> httpx.Response:
        return self._http.get(path, headers=self._came(clinic))

    def send(self, *, clinic: str = "north", method: str = "POST", **how: object) -> httpx.Response:
        headers = self._came(clinic) | how.pop("headers", {})  # type: ignore[operator]
        return self._http.request(method, "/leads/requests", headers=headers, **how)  # type: ignore[arg-type]

    def form(self, *, clinic: str = "north", **fields: str) -> httpx.Response:
        return self.send(clinic=clinic, data=fields | {"language": self.language})

    def thanks(self, *, clinic: str = "north", **fields: str) -> httpx.Response:
        told = self.form(clinic=clinic, **a_form(**{"location": "weston"} | fields))
        assert told.status_code == 303, told.text
        return self._http.get(told.headers["Location"], headers=self._came(clinic))

    def api(self, fields: Mapping[str, str]) -> httpx.Response:
        return self._http.post(
            "/leads/v1/requests", json={**fields, "language": self.language}, headers=self._came()
        )

    def _came(self, clinic: str = "north") -> dict[str, str]:
        host = f"{clinic}.localhost:{self._port}"
        return {"Host": host, "Referer": f"http://{host}{self._prefix}/contact/"}


Meets = Callable[[Visitor], httpx.Response]


def wrong(**fields: str) -> Meets:
    return lambda visitor: visitor.form(**fields)


def while_(target: type, name: str, meets: Meets, **how: object) -> Meets:
    """`meets` while a part of the service does not do what it should."""

    def met(visitor: Visitor) -> httpx.Response:
        with patch.object(target, name, **how):  # type: ignore[call-overload]
            return meets(visitor)

    return met


SENT = a_form(location="weston", message="in any language")
COMMENT = {"kind": "comment", "from": "/articles/sore-back/", "name": "Ana", "message": "Helped."}
COMMENT |= {"email": "ana@example.com"}
MEETS: dict[str, tuple[int, Meets]] = {
    **{
        f"{clinic}{path}": (
            200,
            lambda visitor, path=path, clinic=clinic: visitor.get(path, clinic),
        )
        for clinic in ("north", "south")
        for path in ("/contact/", "/appointment/")
    },
    "the form of a location": (200, lambda v: v.get("/locations/easton/contact/", "south")),
    "nothing filled in": (422, wrong(kind="contact")),
    "nothing chosen": (422, lambda v: v.form(clinic="south", kind="appointment")),
    "no such kind": (422, wrong(kind="wish")),
    "no such location": (422, lambda v: v.form(clinic="south", **SENT | {"location": "x"})),
    "for somebody without a name": (422, wrong(**SENT | {"for": "someone_else"})),
    "addresses that are none": (
        422,
        wrong(**SENT | {"phone": "12", "email": "no address", "reply_by": "email"}),
    ),
    "no address": (422, wrong(**SENT | {"phone": "", "reply_by": "text"})),
    "too long": (422, wrong(**dict.fromkeys(("name", "email", "message", "town"), TOO_LONG))),
    "far too long": (422, wrong(**SENT | {"message": TOO_LONG, "kind": "appointment"})),
    "not to be kept": (422, wrong(**SENT | {"name": "a\x00b", "message": "lower back\x07"})),
    "days that cannot be": (
        422,
        wrong(
            **SENT | APPOINTMENT,
            when="days",
            preferred_date_1="2020-01-02",
            preferred_date_2=SUNDAY.isoformat(),
            preferred_date_3="some day",
        ),
    ),
    "a part of a day that cannot be": (
        422,
        lambda v: v.form(
            clinic="south",
            **SENT | APPOINTMENT | {"location": "easton"},
            when="days",
            preferred_date_1=(SUNDAY - timedelta(days=2)).isoformat(),
            preferred_part_1="evening",
            preferred_date_2="2099-01-02",
        ),
    ),
    "no day": (422, wrong(**SENT | APPOINTMENT, when="days")),
    "a comment without an address": (
        422,
        wrong(kind="comment", **{"from": "/articles/sore-back/"}),
    ),
    "a comment on nothing": (422, wrong(**COMMENT | {"from": "/articles/gone/"})),
    "a comment not kept": (503, while_(CommentBox, "take", wrong(**COMMENT), side_effect=NotKept)),
    "not stored": (503, while_(Intake, "take", wrong(**SENT), side_effect=NotTaken)),
    "too many from one place": (
        429,
        while_(Limits, "sender_over", wrong(**SENT), return_value=True),
    ),
    "too many at one clinic": (
        429,
        while_(Limits, "clinic_over", wrong(**SENT), return_value=True),
    ),
    "larger than it may be": (413, lambda v: v.form(message="x" * 70_000)),
    "not text": (400, lambda v: v.send(content=b"name=%ff", headers=FORM)),
    "more fields than there are": (400, lambda v: v.form(**{f"f{n}": "1" for n in range(41)})),
    "not a form": (415, lambda v: v.send(json={})),
    "packed": (415, lambda v: v.send(data=SENT, headers={"Content-Encoding": "gzip"})),
    "from another site": (
        403,
        lambda v: v.send(data=SENT, headers={"Origin": "http://evil.example"}),
    ),
    "not to be asked like that": (405, lambda v: v.send(method="PUT", data=SENT)),
    "sent, to be called": (200, lambda v: v.thanks(message=f"call {v.language}")),
    "sent, to be texted": (200, lambda v: v.thanks(message=f"text {v.language}", reply_by="text")),
    "sent, to be written to": (
        200,
        lambda v: v.thanks(message=f"mail {v.language}", reply_by="email", email="ana@example.com"),
    ),
    "an appointment asked for": (
        200,
        lambda v: v.thanks(message=f"visit {v.language}", **APPOINTMENT),
    ),
    "nothing to show": (200, lambda v: v.static("/thanks/")),
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def visitors(clinics: Clinics) -> Iterator[list[Visitor]]:
    with ExitStack() as stack:
        found = [Visitor(clinics, language) for language in LANGUAGES]
        for visitor in found:
            stack.callback(visitor.close)
        yield found


def texts(html: str) -> set[str]:
    """Whatever is read or spoken on a page, and what its script may say."""
    page = BeautifulSoup(html, "html.parser")
    strings = [
        str(text)
        for text in page.find_all(string=True)
        if isinstance(text, NavigableString)
        and not isinstance(text, Comment | Doctype | Script | Stylesheet)
    ]
    for tag in page.find_all(True):
        assert isinstance(tag, Tag)
        if tag.name == "meta" and tag.get("name") != "description":
            continue
        strings += [str(tag[name]) for name in SHOWN_ATTRIBUTES if tag.get(name)]
    return {" ".join(text.split()) for text in strings}


def untranslated(english: set[str], spanish: set[str]) -> set[str]:
    same = {text.strip(" .,;:()·–|") for text in english & spanish}
    return {text for text in same if any(sign.isalpha() for sign in text)} - OWN - TYPED


@pytest.mark.parametrize("name", MEETS)
def test_no_page_of_a_form_has_english_left(visitors: list[Visitor], name: str) -> None:
    status, meets = MEETS[name]
    english, spanish = (meets(visitor) for visitor in visitors)
    assert (english.status_code, spanish.status_code) == (status, status), spanish.text[:500]
    assert 'lang="es"' in spanish.text
    assert untranslated(texts(english.text), texts(spanish.text)) == set()
    assert [text for text in texts(spanish.text) if ".." in text] == []  # after "p. m."


@pytest.mark.parametrize("code", [404, 405, 410, 413, 429, 503])
def test_no_page_of_the_edge_has_english_left(clinics: Clinics, code: int) -> None:
    errors = clinics.settings.sites_dir / "hosts" / "north.localhost" / "current" / "_errors"
    english = (errors / f"{code}.html").read_text()
    spanish = (errors / "es" / f"{code}.html").read_text()
    assert untranslated(texts(english), texts(spanish)) == set()


API: dict[str, tuple[int, Meets]] = {
    "wrong": (422, lambda v: v.api({"kind": "contact"})),
    "no kind": (422, lambda v: v.api({"kind": "wish"})),
    "no such requests": (404, lambda v: v.api({"kind": "comment"})),
    "not stored": (503, while_(Intake, "take", lambda v: v.api(SENT), side_effect=NotTaken)),
    "too many": (429, while_(Limits, "sender_over", lambda v: v.api(SENT), return_value=True)),
    "many": (429, while_(Limits, "clinic_over", lambda v: v.api(SENT), return_value=True)),
}


@pytest.mark.parametrize("name", API)
def test_what_the_api_tells_a_patient_has_no_english_left(
    visitors: list[Visitor], name: str
) -> None:
    status, meets = API[name]
    english, spanish = (meets(visitor) for visitor in visitors)
    assert (english.status_code, spanish.status_code) == (status, status)
    said = [
        {answer["detail"], *(error["message"] for error in answer["errors"])}
        for answer in (english.json(), spanish.json())
    ]
    assert untranslated(*said) == set()


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_no_confirmation_has_english_left(channel: str) -> None:
    said = []
    for language in LANGUAGES:
        made = promise(words_of("leads", language), a_location(), NOW, "phone")
        slip = Slip(
            template="confirmation",
            language=language,
            clinic="North Clinic",
            location="Weston",
            phone="(559) 555-0101",
            values={"reference": "K7QF2MPD", "promise": made},
        )
        words = worded(slip, channel)
        said.append({words.subject, *words.text.splitlines()} | texts(words.html))
    assert {text for text in untranslated(*said) if "K7QF" not in text} == set()


def test_a_text_that_was_not_translated_is_found() -> None:
    """The check above can fail."""
    english = '<p title="Call us">Send</p><template>Gone</template><p>(559) 555-0101 <b>Weston</b>'
    spanish = english.replace("Send", "Enviar")
    assert untranslated(texts(english), texts(spanish)) == {"Call us", "Gone"}
