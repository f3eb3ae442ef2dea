"""One alerts file on its way from text to values: every mistake is noted, with what to do."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from notify import agreement, phones
from notify.alertbook import (
    AFTER_HOURS,
    EVERYWHERE,
    LONGEST_WAIT,
    ON_CALL,
    SHORTEST_WAIT,
    Absence,
    AlertBook,
    ClinicAlerts,
    Contact,
    Policy,
    Quiet,
    Sender,
)
from notify.providers.accounts import MESSAGING_SERVICE, NUMBER, PUBLIC_ADDRESS

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SMS = re.compile(r"\+[1-9][0-9]{7,14}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
HOURS = re.compile(rf"{CLOCK.pattern}-{CLOCK.pattern}")
ADDRESS = "an address such as maria@clinic.example"
SENDER_NAME = re.compile(r"[^\W_](?:[^\x00-\x1f\x7f-\x9f\u2028\u2029<>@\"]{0,77})")
TEXT_SENDER = re.compile(rf"{NUMBER.pattern}|{MESSAGING_SERVICE.pattern}")
WAITS = ("next_after", "remind_after", "call_again_after")


def load_book(folder: Path) -> AlertBook:
    """Every `*.toml` of `folder`."""
    return _book(sorted(folder.glob("*.toml")))


def load_clinic(folder: Path, slug: str) -> AlertBook:
    """The file of one clinic alone; an empty book when there is none."""
    path = folder / f"{slug}.toml"
    return _book([path] if path.exists() else [])


def _book(paths: Sequence[Path]) -> AlertBook:
    clinics, problems = [], []
    for path in paths:
        read = _File(path.name)
        found = read.clinic(path)
        problems += read.problems
        if found is not None and not read.problems:
            clinics.append(found)
    return AlertBook(clinics=tuple(clinics), problems=tuple(problems))


class _File:
    """Notes every mistake in `problems`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.problems: list[str] = []

    def clinic(self, path: Path) -> ClinicAlerts | None:
        if not SLUG.fullmatch(path.stem):
            self._note("the file must be named after its clinic: <slug>.toml")
        raw = self._toml(path)
        if raw is None:
            return None
        self._only(raw, "the file", {"contacts", "locations", "sender", "policy", "agreement"})
        contacts = tuple(
            self._contact(key, entry) for key, entry in self._table(raw, "contacts").items()
        )
        known = {contact.key for contact in contacts}
        self._covers(contacts, known)
        agreed, wrong = agreement.read(raw)
        for problem in wrong:
            self._note(problem)
        usual = self._policy(self._part(raw, "policy"), "[policy]", Policy())
        entries = {
            location: self._entry(location, raw_entry)
            for location, raw_entry in self._table(raw, "locations").items()
        }
        policies = {
            location: self._policy(entry, _place(location), usual)
            for location, entry in entries.items()
        }
        return ClinicAlerts(
            clinic=path.stem,
            contacts=contacts,
            tell={
                location: self._keys(entry, "tell", _place(location), known)
                for location, entry in entries.items()
            },
            on_call={
                location: self._on_call(entry, location, policies[location], known)
                for location, entry in entries.items()
                if "on_call" in entry or policies[location].after_hours == ON_CALL
            },
            policies=policies,
            sender=self._sender(raw),
            agreement=agreed,
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
        self._only(entry, where, {"name", "email", "sms", "speaks", "quiet", "off", "names"})
        email = self._text(entry, "email", where, PUBLIC_ADDRESS, ADDRESS)
        sms = self._text(entry, "sms", where, SMS, "a number such as +15595550142")
        if sms and (wrong := phones.why_not(sms)):
            self._note(f"{where} sms: {wrong}")
        if not {"email", "sms"} & set(entry):
            self._note(f"{where}: add email or sms, else this contact cannot be told")
        name = entry.get("name")
        if not isinstance(name, str) or not name.strip():
            self._note(f"{where}: add a name")
        return Contact(
            key=key,
            name=str(name).strip(),
            email=email,
            sms=sms,
            speaks=self._speaks(entry, where),
            quiet=self._quiet(entry, where),
            off=self._off(entry, where),
            names=entry.get("names", False) is True,
        )

    def _speaks(self, entry: Mapping[str, Any], where: str) -> tuple[str, ...]:
        value = entry.get("speaks", [])
        if _is_texts(value) and all(LANGUAGE.fullmatch(language) for language in value):
            return tuple(value)
        self._note(f'{where} speaks: must be a list of languages such as ["en", "es"]')
        return ()

    def _quiet(self, entry: Mapping[str, Any], where: str) -> tuple[Quiet, ...]:
        value = entry.get("quiet", [])
        if not _is_texts(value) or not all(HOURS.fullmatch(hours) for hours in value):
            self._note(f'{where} quiet: must be a list of hours such as ["21:00-07:00"]')
            return ()
        pairs = [tuple(time.fromisoformat(end) for end in hours.split("-")) for hours in value]
        if any(starts == ends for starts, ends in pairs):
            self._note(f"{where} quiet: a whole day is none: leave sms out instead")
        return tuple(Quiet(starts=starts, ends=ends) for starts, ends in pairs)

    def _off(self, entry: Mapping[str, Any], where: str) -> tuple[Absence, ...]:
        value = entry.get("off", [])
        wanted = '[{ first = 2026-12-01, last = 2026-12-04, cover = "rosa" }]'
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self._note(f"{where} off: must be a list such as {wanted}")
            return ()
        absences = []
        for one in value:
            self._only(one, f"{where} off", {"first", "last", "cover"})
            first, last, cover = one.get("first"), one.get("last"), one.get("cover", "")
            if not (_is_date(first) and _is_date(last) and isinstance(cover, str)):
                self._note(f"{where} off: must be a list such as {wanted}")
            elif last < first:
                self._note(f"{where} off: last ({last}) is before first ({first}): correct one")
            else:
                absences.append(Absence(first=first, last=last, cover=cover))
        return tuple(absences)

    def _covers(self, contacts: Sequence[Contact], known: set[str]) -> None:
        for person in contacts:
            for absence in person.off:
                where = f"[contacts.{person.key}] off"
                if absence.cover == person.key:
                    self._note(f"{where}: nobody covers for themselves: name somebody else")
                elif absence.cover and absence.cover not in known:
                    self._note(f"{where}: there is no [contacts.{absence.cover}]: add it")

    def _part(self, raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = raw.get(name, {})
        if isinstance(value, dict):
            self._only(value, f"[{name}]", {"after_hours", *WAITS})
            return value
        self._note(f"{name}: must be a table: [{name}]")
        return {}

    def _entry(self, location: str, raw: object) -> Mapping[str, Any]:
        where = _place(location)
        entry = raw if isinstance(raw, dict) else {}
        if location != EVERYWHERE and not SLUG.fullmatch(location):
            self._note(f'{where}: must be a location\'s slug, or "*" for every other one')
        self._only(entry, where, {"tell", "on_call", "after_hours", *WAITS})
        return entry

    def _policy(self, entry: Mapping[str, Any], where: str, usual: Policy) -> Policy:
        after_hours = entry.get("after_hours", usual.after_hours)
        if after_hours not in AFTER_HOURS:
            self._note(f"{where} after_hours: must be one of {', '.join(AFTER_HOURS)}")
        waits = {name: entry.get(name, getattr(usual, name)) for name in WAITS}
        for name, minutes in waits.items():
            whole = isinstance(minutes, int) and not isinstance(minutes, bool)
            if not whole or not SHORTEST_WAIT <= minutes <= LONGEST_WAIT:
                bounds = f"{SHORTEST_WAIT} to {LONGEST_WAIT}"
                self._note(f"{where} {name}: must be open minutes, {bounds}")
        return Policy(after_hours=after_hours, **waits)

    def _on_call(
        self, entry: Mapping[str, Any], location: str, policy: Policy, known: set[str]
    ) -> tuple[str, ...]:
        where = _place(location)
        if "on_call" not in entry:
            self._note(f"{where}: after_hours is on_call: add on_call, the contacts in order")
            return ()
        if policy.after_hours != ON_CALL:
            self._note(f'{where} on_call: add after_hours = "on_call", else nobody asks them')
        return self._keys(entry, "on_call", where, known)

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

    def _keys(
        self, entry: Mapping[str, Any], field: str, where: str, known: set[str]
    ) -> tuple[str, ...]:
        keys = entry.get(field)
        if not keys or not _is_texts(keys):
            self._note(f'{where} {field}: must be a list of contacts in order, such as ["maria"]')
            return ()
        for key in keys:
            if key not in known:
                self._note(
                    f"{where} {field}: there is no [contacts.{key}]: add it or correct the key"
                )
        if len(set(keys)) < len(keys):
            self._note(f"{where} {field}: a contact is there twice: name each once")
        return tuple(keys)

    def _only(self, raw: Mapping[str, Any], where: str, known: set[str]) -> None:
        for name in raw.keys() - known:
            self._note(f"{where}: unknown name {name!r} (known: {', '.join(sorted(known))})")

    def _note(self, problem: str) -> None:
        self.problems.append(f"{self._name}: {problem}")


def _place(location: str) -> str:
    return f"[locations.{location}]"


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_date(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
