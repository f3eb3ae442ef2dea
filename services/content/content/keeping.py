"""How long a clinic keeps what people send it, in sentences for its page about privacy."""

from collections.abc import Iterator

from content.model import Clinic
from plumbing.words import Words


def keeping(words: Words, clinic: Clinic) -> list[str]:
    """[] for a clinic that takes nothing."""
    found = [*_requests(words, clinic), *_comments(words, clinic)]
    if found and clinic.keep.spam_days:
        found.append(
            words(
                "What a person here finds to be advertising or a prank is deleted after"
                " %(period)s.",
                period=words.period(clinic.keep.spam_days),
            )
        )
    return found


def _requests(words: Words, clinic: Clinic) -> Iterator[str]:
    if not clinic.forms:
        return
    days = {"appointment": clinic.keep.appointment_days, "contact": clinic.keep.contact_days}
    if len({days[kind] for kind in clinic.forms}) == 1:
        yield _any_request(words, days[clinic.forms[0]])
    else:
        yield _appointment(words, days["appointment"])
        yield _other_request(words, days["contact"])
    if any(days[kind] for kind in clinic.forms):
        yield words("A request that still waits for our answer is kept until it has one.")


def _any_request(words: Words, days: int) -> str:
    if not days:
        return words("We keep a request until you ask us to erase it.")
    return words(
        "We delete a request %(period)s after we last dealt with it.", period=words.period(days)
    )


def _appointment(words: Words, days: int) -> str:
    if not days:
        return words("We keep a request for an appointment until you ask us to erase it.")
    return words(
        "We delete a request for an appointment %(period)s after we last dealt with it.",
        period=words.period(days),
    )


def _other_request(words: Words, days: int) -> str:
    if not days:
        return words("We keep any other request until you ask us to erase it.")
    return words(
        "We delete any other request %(period)s after we last dealt with it.",
        period=words.period(days),
    )


def _comments(words: Words, clinic: Clinic) -> Iterator[str]:
    if not clinic.comments:
        return
    yield words("A comment stays below its article until you ask us to take it away.")
    if clinic.keep.comment_days:
        yield words(
            "A comment that we do not show is deleted after %(period)s.",
            period=words.period(clinic.keep.comment_days),
        )
