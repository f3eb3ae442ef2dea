"""What a form must be before it is read: from one of the clinic's own pages, and plain.

A browser says in Origin where a form stood.  A program says nothing, or lies, and gains nothing:
there is no session to ride on.  `null` (a private window may say so) is only a sign (leads.spam).
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from contract.directory import Clinic, normal_host
from leads.body import MAX_BODY_BYTES
from plumbing.words import Words, later

PLAIN = {"", "identity"}
FORM_TYPE = "application/x-www-form-urlencoded"
FOREIGN = later("It came from a page that is not %(clinic)s's.")


def why_not(clinic: Clinic, words: Words) -> tuple[int, str] | None:
    """Status and reason of a form that is not even read."""
    if request.mimetype != FORM_TYPE:
        return 415, words("Send the form as %(type)s.", type=FORM_TYPE)
    if not is_plain():
        return 415, words("Send the form without Content-Encoding.")
    return None if is_from(clinic) else (403, words(FOREIGN, clinic=clinic.name))


def is_plain() -> bool:
    """Nothing is unpacked here: a small body could become a large one."""
    return request.headers.get("Content-Encoding", "").strip().lower() in PLAIN


def read_body() -> bytes:
    """All of it.  Raises werkzeug.exceptions.RequestEntityTooLarge above MAX_BODY_BYTES.

    Of a body that does not tell its length Werkzeug would give what is within the limit, as if it
    were all, so one byte more than is allowed is asked for.
    """
    request.max_content_length = MAX_BODY_BYTES + 1
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    return body


def is_from(clinic: Clinic, listed: Collection[str] = ()) -> bool:
    """Whether the form stood on a page of `clinic`, or of an origin that it `listed`."""
    origin = request.headers.get("Origin", "null")
    return origin == "null" or origin in listed or is_own(clinic, origin)


def is_own(clinic: Clinic, origin: str) -> bool:
    return normal_host(urlsplit(origin).netloc) in clinic.hosts
