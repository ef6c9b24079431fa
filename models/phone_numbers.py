"""Phone numbers as one string each: E.164, or an error that says what is wrong."""

from __future__ import annotations

import re
from typing import Final

import phonenumbers

#: Mobile numbers of which a country has changed the form: what the old one looks like and its new one, and back.
#: Carriers, vendors and old lists still use both.
_CHANGED: Final = (
    # Mexico, 2019: no 1 after the country.
    (re.compile(r"\+521(\d{10})"), r"+52\1", re.compile(r"\+52(\d{10})"), r"+521\1"),
    # Brazil, until 2016: a 9 before mobile numbers of eight digits.
    (re.compile(r"\+55(\d{2})([6-9]\d{7})"), r"+55\g<1>9\2", re.compile(r"\+55(\d{2})9([6-9]\d{7})"), r"+55\1\2"),
    # Benin, 2024: 01 before every number.
    (re.compile(r"\+229(\d{8})"), r"+22901\1", re.compile(r"\+22901(\d{8})"), r"+229\1"),
    # Côte d'Ivoire, 2021: two digits by the carrier before mobile numbers.
    (re.compile(r"\+225([04-9][0-3]\d{6})"), r"+22501\1", re.compile(r"\+22501([04-9][0-3]\d{6})"), r"+225\1"),
    (re.compile(r"\+225([04-9][4-6]\d{6})"), r"+22505\1", re.compile(r"\+22505([04-9][4-6]\d{6})"), r"+225\1"),
    (re.compile(r"\+225([04-9][7-9]\d{6})"), r"+22507\1", re.compile(r"\+22507([04-9][7-9]\d{6})"), r"+225\1"),
)
#: Argentina writes a 9 where a mobile is called from abroad and leaves it out at home. Both are in use, so neither
#: replaces the other: whether a number without it is a mobile cannot be seen.
_ARGENTINA: Final = re.compile(r"\+54(9?)(\d{10})")


#: What stands behind a number in lists: which of somebody's phones it is, and the decimals of a spreadsheet.
_BEHIND: Final = re.compile(
    r"\s*[(\[]?\s*\b(?:cell(?:ular)?|mobile|mob|home|work|office|main|phone|celular|movil|m[oó]vil|casa|[chmw])\b\.?\s*[)\]]?"
    r"\s*$|(?<=\d)\.0+$",
    re.IGNORECASE,
)


#: The library reads what stands behind a semicolon as an extension; one so long is another number.
_LONGEST_EXTENSION: Final = 6


class HasExtension(ValueError):
    """A line behind a switchboard: people can call it, and a text reaches nobody. `dialled` says it in full."""

    def __init__(self, number: str, extension: str) -> None:
        self.number = number
        self.extension = extension
        self.dialled = f"{number} ext. {extension}"
        super().__init__(f'"{self.dialled}" has an extension: it can be called, and takes no texts')


def e164(written: str, *, region: str = "US") -> str:
    """The number with its country, for `+1 (212) 555-0100`, `212.555.0100` and the like. Raises `ValueError`, of the
    kind `HasExtension` for a line behind a switchboard.

    Numbers that cannot be dialled are refused. Whether a possible number is in use is for the vendor to say: 555
    numbers, as demos and tests use them, are "invalid" to the numbering plan and still taken.
    """
    try:
        number = phonenumbers.parse(_BEHIND.sub("", written), region)
    except phonenumbers.NumberParseException:
        raise ValueError(f'"{written}" is no phone number; write it like +12125550100') from None
    found = newest_form(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    fault = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(found))
    # No area code begins so, and what files hold where nobody has a number ("000-000-0000") would be one phone of many.
    is_placeholder = fault == phonenumbers.ValidationResult.IS_POSSIBLE and found.startswith(("+10", "+11"))
    if fault == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY or is_placeholder:
        raise ValueError(f'"{written}" has no area code; write it with its area code, like +12125550100')
    if fault != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(f'"{written}" has too few or too many digits; write it like +12125550100')
    if len(number.extension or "") > _LONGEST_EXTENSION:
        raise ValueError(f'"{written}" looks like two numbers; leave one')
    if number.extension:
        raise HasExtension(found, number.extension)
    return found


def newest_form(phone: str) -> str:
    """The same phone (E.164) as its country writes it today."""
    for old, as_new, _, _ in _CHANGED:
        if old.fullmatch(phone):
            return old.sub(as_new, phone)
    return phone


def all_forms(phone: str) -> tuple[str, ...]:
    """Every form in which this one phone (E.164) may stand on file or in a vendor's message, its newest first."""
    newest = newest_form(phone)
    forms = [newest]
    for _, _, new, as_old in _CHANGED:
        if new.fullmatch(newest):
            forms.append(new.sub(as_old, newest))
    if argentine := _ARGENTINA.fullmatch(newest):
        forms.append(f"+54{'' if argentine[1] else '9'}{argentine[2]}")
    return tuple(forms)


def as_people_write(number: str) -> str:
    """ "(212) 555-0100" for an American number, "+44 20 7946 0018" for another; what cannot be read stays as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    home = parsed.country_code == 1
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
