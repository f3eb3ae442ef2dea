"""The first name that an alert may say where a clinic has an agreement for it (notify decides).

It travels sealed, in the event of the lead.  Only what is plainly a name does: whoever fills in a
form could otherwise put any words, or a link, into a text to the staff.
"""

import re

LONGEST = 20
_NAME = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


def first_name(name: str) -> str:
    """The first word of `name`; "" when that is no name.

    >>> first_name("Ana Ruiz"), first_name("Jean-Luc"), first_name("www.example.com Ana")
    ('Ana', 'Jean-Luc', '')
    """
    word = next(iter(name.split()), "")
    return word if len(word) <= LONGEST and _NAME.fullmatch(word) else ""
