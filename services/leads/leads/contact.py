"""Phone numbers and e-mail addresses as patients type them."""

import phonenumbers
from email_validator import EmailNotValidError, validate_email

REGION = "US"
TEXTED = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "CA"})
NO_PERSON = (
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.TOLL_FREE,
)


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


def national(e164: str) -> str:
    """(661) 555-0199 as people here write it; a foreign number with its country; "" stays ""."""
    if not e164:
        return ""
    number = phonenumbers.parse(e164)
    home = number.country_code == 1
    how = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, how.NATIONAL if home else how.INTERNATIONAL)


def can_be_texted(e164: str) -> bool:
    """Is it a person's number in the US, its territories or Canada?  Others cost much."""
    number = phonenumbers.parse(e164)
    return (
        phonenumbers.region_code_for_number(number) in TEXTED
        and phonenumbers.number_type(number) not in NO_PERSON
    )


def parse_email(typed: str) -> str | None:
    """The address in normal form, by syntax alone (no look-up while a patient waits), else None."""
    try:
        result = validate_email(typed, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    return result.normalized if "." in result.domain else None
