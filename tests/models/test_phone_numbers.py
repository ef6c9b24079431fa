"""One phone is one string, however a list, a carrier or a vendor writes it."""

from __future__ import annotations

import pytest

from models.phone_numbers import HasExtension, all_forms, e164


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+52 55 1234 5678", "+525512345678"),
        ("+55 11 8123-4567", "+5511981234567"),
        ("+55 11 98123-4567", "+5511981234567"),
        # A landline of São Paulo has no ninth digit.
        ("+55 11 3333-4567", "+551133334567"),
        ("+54 11 15 1234-5678", "+5491112345678"),
        ("+54 11 1234-5678", "+541112345678"),
        ("+229 97 12 34 56", "+2290197123456"),
        ("+225 07 12 34 56", "+2250707123456"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("cell: 212-555-0100", "+12125550100"),
        ("212-555-0100 (cell)", "+12125550100"),
        ("(212) 555-0100 mobile", "+12125550100"),
        ("2125550100.0", "+12125550100"),
        ("1-800-FLOWERS", "+18003569377"),
    ],
)
def test_a_number_is_kept_in_its_newest_form(written: str, number: str) -> None:
    assert e164(written) == number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5215512345678", "+525512345678"),
        ("+5491112345678", "+541112345678"),
        ("+551181234567", "+5511981234567"),
        ("+22997123456", "+2290197123456"),
        ("+22546123456", "+2250546123456"),
    ],
)
def test_the_old_and_the_new_form_are_one_phone(one: str, other: str) -> None:
    assert set(all_forms(one)) == set(all_forms(other)) == {one, other}


@pytest.mark.parametrize("phone", ["+12125550100", "+551133334567", "+442079460018", "72645"])
def test_other_numbers_have_one_form(phone: str) -> None:
    assert all_forms(phone) == (phone,)


@pytest.mark.parametrize("written", ["555-0100", "5550100", "+1 555 0100", "555-0100 ext. 3", "555-0100 (cell)"])
def test_a_local_number_without_an_area_code_is_refused_with_the_way_out(written: str) -> None:
    with pytest.raises(ValueError, match="with its area code, like"):
        e164(written)


@pytest.mark.parametrize(
    "written",
    [
        "212-555-0100 x12",
        "(212) 555-0100 ext. 12",
        "+12125550100;ext=12",
        "212 555 0100 #12",
        "212-555-0100 x 12 (work)",
    ],
)
def test_an_extension_is_kept_apart(written: str) -> None:
    with pytest.raises(HasExtension, match="can be called, and takes no texts") as found:
        e164(written)

    assert (found.value.number, found.value.extension) == ("+12125550100", "12")


def test_a_second_number_behind_a_semicolon_is_no_extension() -> None:
    with pytest.raises(ValueError, match="looks like two numbers; leave one"):
        e164("2125550111;2125550112")


@pytest.mark.parametrize("written", ["212-555-0100 12", "(212) 555-0100 or 212-555-0101", "212-555-0100 (mom)"])
def test_digits_too_many_are_refused_instead_of_cut(written: str) -> None:
    with pytest.raises(ValueError, match=r"write it like \+12125550100"):
        e164(written)
