"""A message in the words of its channel."""

from collections.abc import Sequence

from notify import letters, texts
from notify.words import Item, Letterhead, Occasion, Worded


def word(channel: str, item: Item, occasion: Occasion | None = None) -> Worded:
    """About one request.  `channel`: email or sms."""
    why = occasion or Occasion()
    return _sms(texts.text(item, why)) if channel == "sms" else letters.letter(item, why)


def word_together(channel: str, items: Sequence[Item], desk_url: str) -> Worded:
    """About several requests of one location that waited for its opening."""
    if channel == "sms":
        return _sms(texts.together(items, desk_url))
    return letters.together(items, desk_url)


def word_test(channel: str, location: str, head: Letterhead) -> Worded:
    """A message that says it is a test.  `location`: its name."""
    return _sms(texts.test(location)) if channel == "sms" else letters.test(location, head)


def _sms(text: str) -> Worded:
    return Worded(subject="", text=text, html="")
