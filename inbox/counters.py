"""What the inbox counts for `/metrics`. Labels name vendors, purposes and outcomes; never a person."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

RECEIPTS: Final = Counter(
    "chairflow_receipts_total", "Events from outside, as recorded.", ["vendor", "purpose", "arrival"]
)
REFUSED: Final = Counter("chairflow_webhooks_refused_total", "Webhook calls refused.", ["vendor", "why"])
ROUTING_FAILURES: Final = Counter("chairflow_routing_failures_total", "Receipts whose routing raised an error.")
DELIVERIES: Final = Counter(
    "chairflow_deliveries_total", "Attempts to hand a message to its journey.", ["journey", "action", "outcome"]
)
DELIVERY_SECONDS: Final = Histogram(
    "chairflow_delivery_seconds",
    "One attempt to hand a message to its journey.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
BACKLOG: Final = Gauge("chairflow_deliveries_backlog", "Deliveries that wait or are dead.", ["state"])
