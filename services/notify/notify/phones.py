"""Phone numbers: which can be texted, and how they are shown.

Texts go to people in the United States, its territories and Canada.
"""

import re

import phonenumbers
from markupsafe import Markup, escape
from phonenumbers import PhoneNumberType

HOME = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "CA"})
NO_PERSON = {
    PhoneNumberType.PREMIUM_RATE: "is a premium number: give the contact's own mobile number",
    PhoneNumberType.TOLL_FREE: "is toll-free, so nobody's phone: give the contact's mobile number",
}


SHOWN = re.compile(r"\(\d{3}\) \d{3}-\d{4}")  # as clinics' phones are shown
TEL = Markup('<a href="tel:{}" style="color: inherit; white-space: nowrap">{}</a>')


def with_phones(line: str) -> Markup:
    """`line` for a letter: a phone number in it is one tap away and never parted at a line's end.

    >>> with_phones("Call (559) 555-0110.")  # doctest: +ELLIPSIS
    Markup('Call <a href="tel:+15595550110" ...>(559) 555-0110</a>.')
    """
    parts, end = [], 0
    for found in SHOWN.finditer(line):
        parts += [escape(line[end : found.start()]), TEL.format(e164(found[0]), found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(line[end:])])


def e164(typed: str) -> str:
    """What a person here has typed, with its country code; what is no number stays as it is.

    >>> e164("(559) 555-0142"), e164("+44 20 7946 0018"), e164("soon")
    ('+15595550142', '+442079460018', 'soon')
    """
    try:
        parsed = phonenumbers.parse(typed, "US")
    except phonenumbers.NumberParseException:
        return typed
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def why_not(number: str) -> str | None:
    """What is wrong with an E.164 number and what to do; None: it can be texted.

    >>> why_not("+15595550142")
    >>> why_not("+18765550123")
    'is abroad (JM), often at a high price: give a US or Canadian number'
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return "is no phone number: give one such as +15595550142"
    region = phonenumbers.region_code_for_number(parsed)
    if region is None or not phonenumbers.is_valid_number(parsed):
        return "is no number that exists: check the area code and count the digits"
    if region not in HOME:
        return f"is abroad ({region}), often at a high price: give a US or Canadian number"
    return NO_PERSON.get(phonenumbers.number_type(parsed))
