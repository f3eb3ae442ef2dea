"""Phone numbers and e-mail addresses as patients type them."""

import phonenumbers
from email_validator import EmailNotValidError, validate_email

REGION = "US"


def parse_phone(typed: str) -> tuple[str, str] | None:
    """(E.164, extension or "") of a number that exists in its numbering plan, else None."""
    try:
        number = phonenumbers.parse(typed, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164, number.extension or ""


def parse_email(typed: str) -> str | None:
    """The address in normal form, by syntax alone (no look-up while a patient waits), else None."""
    try:
        result = validate_email(typed, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    return result.normalized if "." in result.domain else None
