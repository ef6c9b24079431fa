"""What the journeys cost, measured beside the least they could cost."""
