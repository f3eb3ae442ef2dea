"""What a form must be before it is read: from one of the clinic's own pages, and plain.

A browser says in Origin where a form stood.  A program says nothing, or lies, and gains nothing:
there is no session to ride on.  `null` (a private window may say so) is only a sign (leads.spam).
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from flask import request

from contract.directory import Clinic, normal_host

PLAIN = {"", "identity"}


def is_plain() -> bool:
    """Nothing is unpacked here: a small body could become a large one."""
    return request.headers.get("Content-Encoding", "").strip().lower() in PLAIN


def is_from(clinic: Clinic, listed: Collection[str] = ()) -> bool:
    """Whether the form stood on a page of `clinic`, or of an origin that it `listed`."""
    origin = request.headers.get("Origin", "null")
    return origin == "null" or origin in listed or is_own(clinic, origin)


def is_own(clinic: Clinic, origin: str) -> bool:
    return normal_host(urlsplit(origin).netloc) in clinic.hosts
