"""Metrics of the process that answers over HTTP. route: the template of the route (`/v1/subjects/look-up`), never a path that somebody sent."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from ledger.metrics.registry import WEB as REGISTRY

HTTP_REQUESTS = Counter(
    "ledger_http_requests_total",
    "Requests answered. A rise of status 5xx means that Kafka or PostgreSQL is away, or a defect; not_yet: of a moment that is being worked out.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "ledger_http_seconds",
    "Seconds from a request to the end of its answer. A rise means a slower database or more requests than one process answers.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0),
    registry=REGISTRY,
)
TURN_SECONDS = Histogram(
    "ledger_http_turn_seconds",
    "Seconds that a question waited for its turn, by what it waited for (connection, person); after five it is turned away."
    " A rise means more questions at once than one process answers.",
    ["of"],
    buckets=(0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    registry=REGISTRY,
)
HTTP_DENIED = Counter(
    "ledger_http_denied_total",
    "Requests refused by role and reason. A spike means a wrong configuration or somebody who tries doors.",
    ["role", "reason"],
    registry=REGISTRY,
)
LOOK_UPS = Counter(
    "ledger_look_ups_total", "Look-ups of persons by role. A spike means somebody who looks at more people than his work asks.", ["role"],
    registry=REGISTRY,
)
INGESTED_EVENTS = Counter(
    "ledger_ingested_events_total",
    "Events that came over HTTP, by result (accepted, repeated, refused, unavailable). A rise of refused means a service that breaks the contract.",
    ["result"],
    registry=REGISTRY,
)
SSE_CLIENTS = Gauge(
    "ledger_sse_clients", "Pages that listen for live updates now. A rise means more open pages.", registry=REGISTRY, multiprocess_mode="livesum"
)
