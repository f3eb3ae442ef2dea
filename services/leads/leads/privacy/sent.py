"""What patients were sent about their requests: notify knows, and is asked."""

from typing import Any

from contract.sent import SENT_PATH, Sent
from leads.privacy.finding import Found
from plumbing.questions import NoAnswer, Questions

AT_ONCE = 500  # requests in one question


def sent_about(notify: Questions, found: Found) -> list[Sent]:
    """Oldest first.  Raises plumbing.questions.NoAnswer: then nothing is known."""
    leads = [str(row["id"]) for row in found.leads]
    sent: list[Sent] = []
    for start in range(0, len(leads), AT_ONCE):
        answer: dict[str, Any] = notify.ask(SENT_PATH, {"leads": leads[start : start + AT_ONCE]})
        try:
            sent += [Sent.from_json(one) for one in answer["messages"]]
        except (KeyError, TypeError) as error:
            raise NoAnswer(type(error).__name__, heard=True) from error
    return sent
