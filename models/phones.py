"""Phone numbers as one string each: E.164, or an error that says what is wrong."""

from __future__ import annotations

import phonenumbers


def e164(written: str, *, region: str = "US") -> str:
    """The number with its country, for `+1 (212) 555-0100`, `212.555.0100` and the like. Raises `ValueError`.

    Numbers that cannot be dialled are refused. Whether a possible number is in use is for the vendor to say: 555
    numbers, as demos and tests use them, are "invalid" to the numbering plan and still taken.
    """
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        raise ValueError(f'"{written}" is no phone number; write it like +12125550100') from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError(f'"{written}" has too few or too many digits; write it like +12125550100')
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def as_people_write(number: str) -> str:
    """ "(212) 555-0100" for an American number, "+44 20 7946 0018" for another; what cannot be read stays as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    home = parsed.country_code == 1
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
