"""Which clients use a phone: it is the one on their row, or a second one they write from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, select, union
from sqlmodel import col

from models.client import Client, SecondPhone
from models.phone_numbers import all_forms
from models.queries import one_of


def users_of(practice_id: int, phone: str) -> CompoundSelect[Any]:
    """The ids of everybody who uses this phone (E.164), in either form of its number."""
    forms = all_forms(phone)
    return union(
        select(col(Client.id)).where(col(Client.practice_id) == practice_id, one_of(col(Client.phone), forms)),
        select(col(SecondPhone.client_id)).where(
            col(SecondPhone.practice_id) == practice_id, one_of(col(SecondPhone.phone), forms)
        ),
    )
