"""The ledger that the examples of the API are answers of: the small ledger, and a few days on which the rest of what can be asked about happens.

Fixed to the byte: the same history, the same broker's times, the same seals.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ledger.evidence.entries import Record
from ledger.folding.reading import Record as LogRecord
from ledger.sealing.archive import Archive
from ledger.sealing.sealer import Topic
from ledger.testing import RecordingEmitter
from ledger.topics import OBLIGATIONS, VIOLATIONS
from tests import small_ledger
from tests.histories import CONTROLLER, Event, at, collected, erased, fact, policy, projecting, records, register_event, shared, tick
from tests.memory_projection import MemoryProjection
from tests.sealing_world import World

ANNA, CARO = small_ledger.ANNA, "customer-9"
"""Caro's data is all erased, so that there is a certificate."""
BROKER_AT = at(64.5)
LATER = [
    register_event("RecipientRegistered", 101, 64, recipient="Mailer", role="mailing", country="NL"),
    register_event(
        "AgreementChanged", 102, 64, recipient="Mailer", agreement="dpa-8", state="IN_FORCE", categories=["pd:EmailAddress"],
        purposes=["dpv:ServiceProvision"], in_force_from=at(64), until=at(400),
    ),
    shared(
        103, 64, subject=ANNA, recipient="Mailer", recipient_role="mailing", categories=["pd:EmailAddress"], purpose="dpv:ServiceProvision",
        country="NL", agreement="dpa-8",
    ),
    fact("DataConsulted", 104, 64, ANNA, actor="role:care", purpose="dpv:CustomerCare", categories=["pd:Name"], ticket_ref="ticket-4711"),
    fact("ObjectionChanged", 105, 64, ANNA, purpose="dpv:DirectMarketing", state="RAISED"),
    collected(106, 64, subject=ANNA, categories=["ledger:SuppressionEntry"], purposes=["dpv:DirectMarketing"], store="suppression"),
    register_event(
        "BreachRecorded", 107, 65, breach_ref="breach-1", window_from=at(60), window_until=at(64), aware_at=at(65), risk="HIGH", store="crm",
        categories=["pd:EmailAddress"],
    ),
    register_event("AuthorityNotified", 108, 66, breach_ref="breach-1", authority="nl:DPA-NL", notified_at=at(66)),
    fact(
        "DisclosureRequested", 109, 66, ANNA, disclosure_ref="disclosure-1", requester_kind="police", ground="police_demand", categories=["pd:Name"]
    ),
    fact("DisclosureDecided", 110, 67, ANNA, disclosure_ref="disclosure-1", decision="GRANTED", notice="BARRED", barred_until=at(400)),
    collected(111, 64, subject=CARO, country="NL"),
    fact("RequestReceived", 112, 65, CARO, right="ERASURE", request_ref="req-2", identity_check="DONE"),
    tick(2007, 66),
    erased(113, 67, subject=CARO, store="crm", request_ref="req-2"),
    fact("RequestAnswered", 114, 68, CARO, request_ref="req-2", outcome="FULFILLED"),
    collected(115, 68, subject=ANNA, categories=["pd:EmailAddress"], origin="DATA_SUBJECT", ref="form-1", country="NL"),
    fact("HoldPlaced", 117, 68, ANNA, hold_ref="case-1", kind="LEGAL_HOLD", store="evidence", categories=["pd:Name"], until=at(400)),
    fact("ConsentChanged", 116, 6.5, ANNA, purpose="dpv:DirectMarketing", channel="email", state="GIVEN"),
    tick(2008, 68),
]  # fmt: skip
"""The last consent is told late: what was a use without consent is one with it."""
FIRST_TEXT = "We keep invoices for as long as the law demands, and your account for two years."
NEXT_TEXT = "We keep invoices for as long as the law demands, and your account for one year."


def _with_text(event: Event, text: str) -> Event:
    return event[0], event[1] | {"text": text, "text_hash": hashlib.sha256(text.encode()).hexdigest()}


def _next_policy() -> Event:
    """The statement that comes: HH-15 says one year."""
    compiled = json.loads(small_ledger.POLICY[1]["compiled"])
    retention = [each | ({"after": "P1Y"} if each["id"] == "HH-15" else {}) for each in compiled["retention"]]
    others = {key: value for key, value in compiled.items() if key not in ("controller", "retention")} | {
        "version": "1009", "title": "Privacy statement of the hoster, 2019", "in_force_from": "2019-01-01",
        "promises": {name: {"status": "checked"} for name in ("HH-15", "MD-13", "SO-05")},
    }  # fmt: skip
    name, fields = policy(1009, 68, retention, **others)
    return _with_text((name, fields | {"in_force_from": at(214)}), NEXT_TEXT)


def log() -> list[LogRecord]:
    """The records of partition 0, of one; the last cannot be read."""
    first, *others = small_ledger.history()
    found = records([_with_text(first, FIRST_TEXT), *others, *LATER, _next_policy()], broker_at=BROKER_AT)
    return [*found, (len(found), BROKER_AT // 1000, b"hoster/customer-9", b"not an event", [])]


def sealed(folder: Path) -> Archive:
    """The archive of that log and of what the fold says of it, sealed in one round."""
    world = World(folder)
    for offset, millis, key, value, headers in log():
        world.broker["facts", 0].append(Record(offset, millis, 1, key, value, tuple((name, data) for name, data in headers)))
    store = MemoryProjection()
    for topic in (OBLIGATIONS, VIOLATIONS):
        world.topics[topic] = Topic(f"{topic}-topic-id", 1)
        world.broker[topic, 0] = []
    for _, _, _, topic, _, key, value, _ in projecting(store).project(log()).outcomes:
        if topic in world.topics:
            of_topic = world.broker[topic, 0]
            of_topic.append(Record(len(of_topic), BROKER_AT // 1000, 1, key, value, ()))
    world.clock = at(69) // 1000
    world.seal()
    return world.archive


class FixedEmitter(RecordingEmitter):
    """In place of Kafka: goes on where the log ends, at a broker's time that is always the same."""

    def __init__(self) -> None:
        super().__init__(now="2018-08-08T12:00:00Z", partitions=1)
        self._next_offsets["facts", 0] = len(log())

    def policies(self) -> list[Any]:
        """Nothing is published in the examples."""
        return []

    def _append(self, message: Any) -> Any:
        appended = super()._append(message)
        appended._place = (*appended._place[:2], BROKER_AT // 1000)
        return appended


__all__ = ["ANNA", "CARO", "CONTROLLER", "FixedEmitter", "log", "sealed"]
