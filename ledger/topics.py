"""The topics of a ledger: names, partitions, settings. Declared once; every client takes the names from here.

Source: docs/architecture.md, section 1. Data only: creating and checking them is `adapters/kafka_admin.py`.
"""

from __future__ import annotations

from typing import Literal

Mode = Literal["real", "simulated"]

FACTS = "facts"
REGISTER = "register"
OBLIGATIONS = "obligations"
VIOLATIONS = "violations"
DEAD_LETTERS = "dead-letters"

SEALED = (FACTS, OBLIGATIONS, REGISTER, VIOLATIONS)  # what evidence rests on: docs/evidence.md

MARKER_TOPICS: dict[Mode, str] = {"real": "ledger.real", "simulated": "ledger.simulated"}

MESSAGE_BYTES_MAX = 1024 * 1024  # of one record batch, on every topic but facts
FACTS_BYTES_MAX = MESSAGE_BYTES_MAX + 64 * 1024  # the copy of a register event has one header more than the event

TOPIC_SETTINGS = {
    "cleanup.policy": "delete",  # never compacted: each event is evidence
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
    "max.message.bytes": str(MESSAGE_BYTES_MAX),
}
FACTS_SETTINGS = TOPIC_SETTINGS | {"max.message.bytes": str(FACTS_BYTES_MAX)}
# What would lose or falsify history if somebody changed it behind our back; checked at every start.
SETTINGS_CHECKED = ("cleanup.policy", "retention.ms", "retention.bytes", "message.timestamp.type")


def partitions_by_topic(partitions: int) -> dict[str, int]:
    """Return how many partitions each data topic has. partitions: of `facts`; outcomes go where their fact is."""
    return {FACTS: partitions, REGISTER: 1, OBLIGATIONS: partitions, VIOLATIONS: partitions, DEAD_LETTERS: 1}
