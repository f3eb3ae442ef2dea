"""Whether a callback is Twilio's: it signs each with the account's auth token."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

USUAL_PORT = {"https": 443, "http": 80}


def valid_signature(
    auth_token: str, url: str, params: Iterable[tuple[str, str]], signature: str
) -> bool:
    """Is `signature` (the header X-Twilio-Signature) right for this request?

    `url` is the public one, from the settings and not from the request; `params` the posted
    fields, as many times as they came.  Takes the same time whatever is wrong.  Twilio signs
    now with and now without the port, so both count.
    """
    if not auth_token:
        return False
    fields = sorted(set(params))
    given = signature.encode()
    matches = [
        hmac.compare_digest(_sign(auth_token, known, fields), given)
        for known in _with_and_without(url)
    ]
    return any(matches)


def _sign(auth_token: str, url: str, fields: list[tuple[str, str]]) -> bytes:
    text = url + "".join(name + value for name, value in fields)
    return base64.b64encode(hmac.digest(auth_token.encode(), text.encode(), hashlib.sha1))


def _with_and_without(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    name = host if parts.port is None else host.rpartition(":")[0]
    port = parts.port or USUAL_PORT.get(parts.scheme, 443)
    without = urlunsplit(parts._replace(netloc=name))
    return without, urlunsplit(parts._replace(netloc=f"{name}:{port}"))
