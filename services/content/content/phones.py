"""Phone numbers as printed, and as they are dialed."""

import phonenumbers

from content.tables import Table


def dialed(printed: str) -> str | None:
    """E.164 of a valid US number, else None.

    >>> dialed("(559) 555-0142")
    '+15595550142'
    """
    try:
        number = phonenumbers.parse(printed, "US")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != 1 or not phonenumbers.is_valid_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_phone(table: Table, key: str) -> tuple[str, str]:
    """The number under `key` as (E.164, as printed)."""
    printed = table.text(key, at_most=40)
    number = dialed(printed)
    if printed and number is None:
        remedy = 'write a US number like "(559) 555-0142", without an extension'
        table.wrong(key, f"{printed!r} is not a US phone number", remedy)
    return number or "", printed
