"""Letters that are about no alert: a few lines, at most one link, in the reader's language.

What a template needs is in its function alone; a value that is not there raises KeyError.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contract.directory import Brand
from notify.words import UNBRANDED, Letterhead, Worded, gsm_7, spaced, templates
from plumbing.words import Words, words_of

TO_PATIENT, TO_STAFF = "to_patient", "staff"
KINDS: Mapping[str, str] = {  # template -> kind of message
    "confirmation": TO_PATIENT,
    "invitation": TO_STAFF,
    "confirm_address": TO_STAFF,
    "settings_changed": TO_STAFF,
    "report": TO_STAFF,
}
LINKS = ("https://", "http://")
NOBODYS = Letterhead()  # of the group itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What is asked for.  `clinic`, `location`, `phone`: as people read them; "" if unknown."""

    template: str
    language: str
    clinic: str
    location: str
    phone: str
    values: Mapping[str, str]
    brand: Brand = UNBRANDED

    def link(self) -> str:
        """The value `link`, where it is one that a browser opens.  Raises KeyError."""
        link = self.values["link"]
        if not link.startswith(LINKS):
            raise KeyError("link")
        return link


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a letter with a heading of its own."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A letter before it is set.  `text`: the same as a text message; "": it is never one."""

    subject: str
    heading: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...] = ()
    text: str = ""
    foot: str = ""
    button: str = ""
    link: str = ""


def worded(slip: Slip, channel: str) -> Worded:
    """Raises KeyError for a value that is missing."""
    words = words_of("notify", slip.language)
    note = WRITERS[slip.template](slip, words)
    if channel == "sms":
        return Worded(subject="", text=gsm_7(note.text), html="")
    head = Letterhead(clinic=slip.clinic, brand=slip.brand)
    return set_letter(note, language=words.language, head=head)


def set_letter(note: Note, *, language: str = "en", head: Letterhead = NOBODYS) -> Worded:
    """The e-mail of `note`, as plain text and as a page in the clinic's colors."""
    known = {"note": note, "language": language, "head": head}
    return Worded(
        subject=note.subject,
        text=templates().get_template("note.txt").render(known),
        html=templates().get_template("note.html").render(known),
    )


def _confirmation(slip: Slip, words: Words) -> Note:
    reference = spaced(slip.values["reference"])
    promise = slip.values.get("promise", "")
    clinic = slip.clinic or words("The clinic")
    lines = [words("%(clinic)s has your request.", clinic=clinic)]
    if slip.location:
        lines = [
            words(
                "%(clinic)s has your request for %(location)s.",
                clinic=clinic,
                location=slip.location,
            )
        ]
    lines += [promise] if promise else []
    lines += [
        words("Your reference is %(reference)s.", reference=reference),
        words("This is a request, not a booked appointment."),
    ]
    if slip.phone:
        lines.append(
            words("If it gets worse, or you would rather talk, call %(phone)s.", phone=slip.phone)
        )
    lines.append(words("In an emergency call 911."))
    short = [
        words("%(clinic)s: we have your request %(reference)s.", clinic=clinic, reference=reference)
    ]
    short += [promise] if promise else []
    short += [words("Call %(phone)s", phone=slip.phone)] if slip.phone else []
    return Note(
        subject=words("We have your request · %(clinic)s", clinic=clinic),
        heading=words("We have your request"),
        lines=tuple(lines),
        text=" ".join(short),
        foot=words("What you wrote is left out of this message on purpose."),
    )


def _invitation(slip: Slip, words: Words) -> Note:
    clinic = slip.clinic or words("your clinics")
    invited = words(
        "You are invited to the desk of %(clinic)s,"
        " where patients' requests are read and answered.",
        clinic=clinic,
    )
    lines = [
        invited,
        words("The link works once, for three days. It leads to setting up your account."),
        words("If you have an account already, sign in there: the clinic is added to it."),
    ]
    if by := slip.values.get("by"):
        lines.insert(1, words("%(by)s has invited you.", by=by))
    return Note(
        subject=words("Your invitation to the desk · %(clinic)s", clinic=clinic),
        heading=words("Your invitation to the desk"),
        lines=tuple(lines),
        text=f"{invited} {slip.link()}",
        button=words("Accept the invitation"),
        link=slip.link(),
        foot=words("If you expected none, do nothing: without the link nobody gets in."),
    )


def _confirm_address(slip: Slip, words: Words) -> Note:
    clinic = slip.clinic or words("your clinics")
    asked = words("%(clinic)s wants to send alerts about patients' requests here.", clinic=clinic)
    text = words(
        "%(clinic)s wants to send you alerts. Confirm: %(link)s", clinic=clinic, link=slip.link()
    )
    return Note(
        subject=words("Confirm this address for alerts · %(clinic)s", clinic=clinic),
        heading=words("Confirm this address"),
        lines=(asked, words("Until you confirm, nothing else is sent here.")),
        text=text,
        button=words("Confirm"),
        link=slip.link(),
        foot=words("If you do not know why you got this, do nothing."),
    )


def _settings_changed(slip: Slip, words: Words) -> Note:
    clinic = slip.clinic or words("your clinics")
    what, by = slip.values["what"], slip.values["by"]
    changed = words("%(by)s has changed the alert settings of %(clinic)s.", by=by, clinic=clinic)
    return Note(
        subject=words("Alert settings changed · %(clinic)s", clinic=clinic),
        heading=words("Alert settings changed"),
        lines=(changed, what),
        text=f"{changed} {what}",
        button=words("See the settings") if slip.values.get("link") else "",
        link=slip.link() if slip.values.get("link") else "",
        foot=words("If this should not have happened, tell whoever runs the desk today."),
    )


def _report(slip: Slip, words: Words) -> Note:
    heading = slip.values["heading"]
    return Note(
        subject=f"{heading} · {slip.clinic}" if slip.clinic else heading,
        heading=heading,
        lines=tuple(line for line in slip.values["lines"].splitlines() if line),
        text=heading,
        button=words("See the report") if slip.values.get("link") else "",
        link=slip.link() if slip.values.get("link") else "",
    )


WRITERS: Mapping[str, Callable[[Slip, Words], Note]] = {
    "confirmation": _confirmation,
    "invitation": _invitation,
    "confirm_address": _confirm_address,
    "settings_changed": _settings_changed,
    "report": _report,
}
