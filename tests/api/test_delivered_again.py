"""What a vendor is answered that delivers again after a 429 alone."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from api.problems import Problem
from api.webhooks.pms import delivered_again
from api.webhooks.taking_in import busy


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("select 1", {}, Exception("the database is away")), 429),
        (busy(), 429),
        (Problem(403, "refused", "Refused."), 403),
        (Problem(422, "malformed", "type is missing"), 422),
    ],
)
def test_what_could_not_be_kept_is_asked_for_again_and_what_is_refused_is_not(error: Exception, status: int) -> None:
    with pytest.raises(Problem) as caught, delivered_again(429):
        raise error

    assert caught.value.status == status
