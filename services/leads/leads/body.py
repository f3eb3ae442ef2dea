"""Read a form's bytes into fields: strict about encoding and size, kind about everything else."""

import unicodedata
from urllib.parse import parse_qsl

from plumbing.words import Words, later

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 40
KEPT_CONTROLS = frozenset("\n\t")


class UnreadableBody(Exception):  # noqa: N818 - what it is
    """The body is no form; the message says why, without repeating any of it."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(why % values)
        self._why, self._values = why, values

    def said(self, words: Words) -> str:
        return words(self._why, **self._values)


def read_fields(body: bytes) -> dict[str, str]:
    """Field -> text, NFC, line ends as LF, outer blanks removed; the first non-empty value wins.

    Raises UnreadableBody for more than MAX_FIELDS fields or bytes that are not UTF-8.
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            encoding="utf-8",
            errors="strict",
        )
    except UnicodeDecodeError:
        raise UnreadableBody(later("The request is not UTF-8 text.")) from None
    except ValueError:
        why = later("The request has more than %(most)s fields.")
        raise UnreadableBody(why, most=MAX_FIELDS) from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        if not fields.get(name):
            text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
            fields[name] = unicodedata.normalize("NFC", text)
    return fields


def without_controls(text: str) -> str:
    """`text` without the control characters that no keyboard types (a paste may hold some)."""
    return "".join(
        character
        for character in text
        if character in KEPT_CONTROLS or unicodedata.category(character) not in {"Cc", "Cs"}
    )
