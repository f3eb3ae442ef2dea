"""The alerts files: who is told at which location, one file `<clinic slug>.toml` for each clinic.

[contacts.maria]
name = "Maria Ortega"
email = "maria@foothill.example"
sms = "+15595550142"

[locations.marsden]
tell = ["maria"]            # in order

[locations."*"]             # every other location
tell = ["maria"]

[sender]                    # may be left out, as may each of its entries
name = "Foothill Road Medical"          # what mail shows as its sender
reply_to = "front@foothill.example"     # where an answer to a mail goes
sms_from = "+15595550140"               # the clinic's own number in your Twilio account
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notify import phones
from notify.providers.accounts import MESSAGING_SERVICE, NUMBER, PUBLIC_ADDRESS

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SMS = re.compile(r"\+[1-9][0-9]{7,14}")
SENDER_NAME = re.compile(r"[^\W_](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029<>@\"]{0,77})")
TEXT_SENDER = re.compile(rf"{NUMBER.pattern}|{MESSAGING_SERVICE.pattern}")
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody who is told; at least one of `email` and `sms` is there."""

    key: str
    name: str
    email: str | None
    sms: str | None  # E.164


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """As whom the clinic's messages go out; "": as the provider's account does."""

    name: str = ""
    reply_to: str = ""
    sms_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicAlerts:
    """One clinic's file.  `tell`: location slug or "*" -> contact keys, first to last."""

    clinic: str
    contacts: tuple[Contact, ...]
    tell: Mapping[str, tuple[str, ...]]
    sender: Sender = Sender()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBook:
    """All files of a folder.  A file with a mistake is in `problems` and not in `clinics`."""

    clinics: tuple[ClinicAlerts, ...]
    problems: tuple[str, ...]  # "file: what is wrong and what to do"

    def of(self, clinic: str) -> ClinicAlerts | None:
        return next((found for found in self.clinics if found.clinic == clinic), None)

    @classmethod
    def load(cls, folder: Path) -> "AlertBook":
        clinics, problems = [], []
        for path in sorted(folder.glob("*.toml")):
            read = _File(path.name)
            found = read.clinic(path)
            problems += read.problems
            if found is not None and not read.problems:
                clinics.append(found)
        return cls(clinics=tuple(clinics), problems=tuple(problems))


class _File:
    """One file on its way from text to values; notes every mistake."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.problems: list[str] = []

    def clinic(self, path: Path) -> ClinicAlerts | None:
        if not SLUG.fullmatch(path.stem):
            self._note("the file must be named after its clinic: <slug>.toml")
        raw = self._toml(path)
        if raw is None:
            return None
        self._only(raw, "the file", {"contacts", "locations", "sender"})
        contacts = tuple(
            self._contact(key, entry) for key, entry in self._table(raw, "contacts").items()
        )
        known = {contact.key for contact in contacts}
        tell = {
            location: self._tell(location, entry, known)
            for location, entry in self._table(raw, "locations").items()
        }
        return ClinicAlerts(
            clinic=path.stem, contacts=contacts, tell=tell, sender=self._sender(raw)
        )

    def _toml(self, path: Path) -> dict[str, Any] | None:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            self._note(f"cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self._note("is not UTF-8 text: save it as UTF-8")
        except tomllib.TOMLDecodeError as error:
            self._note(f"is not TOML: {error}")
        return None

    def _table(self, raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = raw.get(name)
        if isinstance(value, dict) and value:
            return value
        self._note(f"[{name}.…] is missing: add at least one")
        return {}

    def _contact(self, key: str, raw: object) -> Contact:
        where = f"[contacts.{key}]"
        entry = raw if isinstance(raw, dict) else {}
        if not SLUG.fullmatch(key):
            self._note(f"{where}: use lower-case letters, digits and hyphens for the key")
        self._only(entry, where, {"name", "email", "sms"})
        email = self._text(
            entry, "email", where, PUBLIC_ADDRESS, "an address such as maria@clinic.example"
        )
        sms = self._text(entry, "sms", where, SMS, "a number such as +15595550142")
        if sms and (wrong := phones.why_not(sms)):
            self._note(f"{where} sms: {wrong}")
        if not {"email", "sms"} & set(entry):
            self._note(f"{where}: add email or sms, else this contact cannot be told")
        name = entry.get("name")
        if not isinstance(name, str) or not name.strip():
            self._note(f"{where}: add a name")
        return Contact(key=key, name=str(name).strip(), email=email, sms=sms)

    def _sender(self, raw: Mapping[str, Any]) -> Sender:
        entry, where = raw.get("sender", {}), "[sender]"
        if not isinstance(entry, dict):
            self._note("sender: must be a table: [sender]")
            return Sender()
        self._only(entry, where, {"name", "reply_to", "sms_from"})
        address, number = "an address such as front@clinic.example", "+15595550142, or MG…"
        return Sender(
            name=self._text(entry, "name", where, SENDER_NAME, "a name on one line") or "",
            reply_to=self._text(entry, "reply_to", where, PUBLIC_ADDRESS, address) or "",
            sms_from=self._text(entry, "sms_from", where, TEXT_SENDER, f"a number like {number}")
            or "",
        )

    def _text(
        self, entry: Mapping[str, Any], field: str, where: str, form: re.Pattern[str], wanted: str
    ) -> str | None:
        value = entry.get(field)
        if value is None:
            return None
        if not isinstance(value, str) or not form.fullmatch(value):
            self._note(f"{where} {field}: must be {wanted}")
            return None
        return value

    def _tell(self, location: str, raw: object, known: set[str]) -> tuple[str, ...]:
        where = f"[locations.{location}]"
        entry = raw if isinstance(raw, dict) else {}
        if location != EVERYWHERE and not SLUG.fullmatch(location):
            self._note(f'{where}: must be a location\'s slug, or "*" for every other one')
        self._only(entry, where, {"tell"})
        tell = entry.get("tell")
        if not isinstance(tell, list) or not tell or not all(isinstance(k, str) for k in tell):
            self._note(f'{where} tell: must be a list of contacts in order, such as ["maria"]')
            return ()
        for key in tell:
            if key not in known:
                self._note(f"{where} tell: there is no [contacts.{key}]: add it or correct the key")
        if len(set(tell)) < len(tell):
            self._note(f"{where} tell: a contact is there twice: name each once")
        return tuple(tell)

    def _only(self, raw: Mapping[str, Any], where: str, known: set[str]) -> None:
        for name in raw.keys() - known:
            self._note(f"{where}: unknown name {name!r} (known: {', '.join(sorted(known))})")

    def _note(self, problem: str) -> None:
        self.problems.append(f"{self._name}: {problem}")
