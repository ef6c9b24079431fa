"""Each journey is described once, and as its workflow is."""

from __future__ import annotations

import pytest
from temporalio import workflow

from domain.journey_names import Journey
from inbox.journey_specs import SPECS
from wiring.build import WORKFLOWS

DEFINITIONS = {
    definition.name: definition for definition in (workflow._Definition.must_from_class(one) for one in WORKFLOWS)
}


def test_every_workflow_is_one_journey_and_every_journey_a_workflow() -> None:
    assert {spec.workflow for spec in SPECS.values()} == set(DEFINITIONS)
    assert set(SPECS) == set(Journey)


@pytest.mark.parametrize("journey", Journey)
def test_what_a_journey_can_be_told_is_what_its_workflow_hears(journey: Journey) -> None:
    definition = DEFINITIONS[SPECS[journey].workflow]
    heard = {name: one.arg_types for name, one in definition.signals.items()}
    heard |= {name: one.arg_types for name, one in definition.updates.items()}

    told = {name: [message] for name, message in SPECS[journey].messages.items()}

    assert told == {name: heard[name] for name in told}
