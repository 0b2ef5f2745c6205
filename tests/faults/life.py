"""Lives of subjects, emitted through the SDK: policies, shares, milestones, erasures, repeats, ticks. Seeded; no personal data.

Every acknowledgement goes to a file and to disk before the next event may be called safe: the file is what oracle O1 believes.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from ledger import Emitter
from ledger.policies.files import load_policy
from ledger.policies.publishing import publish_policy
from ledger.register import publish_time
from tests.ledgers import TestLedger

CONTROLLER = "hostinghuis"
START = datetime(2018, 6, 1, tzinfo=UTC)
REPEAT_EVERY = 50


class Acknowledged(NamedTuple):
    """One line of the file."""

    event_id: str
    topic: str
    partition: int
    offset: int


class Life:
    """Emits events and keeps what was acknowledged."""

    def __init__(self, ledger: TestLedger, path: Path, seed: int = 1) -> None:
        self._ledger, self._path = ledger, path
        self._chance = random.Random(seed)  # noqa: S311  load, not secrets
        self._number = 0
        self._emitter = Emitter(
            controller=CONTROLLER, source="fault-test", bootstrap_servers=ledger.settings.kafka.bootstrap_servers, deadline_seconds=30
        )
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Life:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._emitter.close()
        self._file.close()

    def begin(self) -> None:
        """Let the time be START and publish a policy, so that things come due and verdicts are passed."""
        self.tick(START)
        receipt = publish_policy(self._emitter, load_policy(CONTROLLER))
        self._keep([Acknowledged(receipt.event_id, receipt.topic, receipt.partition, receipt.offset)])

    def tick(self, time: datetime) -> None:
        """Let a time come."""
        publish_time(self._ledger.settings, time, "simulated")

    def emit(self, count: int, *, subjects: int = 40) -> list[Acknowledged]:
        """Emit `count` events about some subjects, now and then one of them twice, and wait for all acknowledgements."""
        pending = []
        for type_name, subject, fields in self._events(count, subjects):
            sent = self._emitter.emit_soon(type_name, subject=subject, **fields)
            pending.append(sent)
            if len(pending) % REPEAT_EVERY == 0:
                pending.append(self._emitter.emit_soon(type_name, subject=subject, **fields | {"event_id": sent.event_id}))
        self._emitter.flush(60)
        receipts = [sent.result(0) for sent in pending]
        found = [Acknowledged(receipt.event_id, receipt.topic, receipt.partition, receipt.offset) for receipt in receipts]
        self._keep(found)
        return found

    def visits(self, first: int, count: int, type_name: str = "DataCollected") -> None:
        """Datasets of unknown people at a webhoster, each of one day: collected, or erased."""
        collected = {
            "activity": "visitor_traffic", "purposes": ["ledger:BreachInvestigation"], "legal_basis": "eu-gdpr:A6-1-f", "store": "traffic-logs",
            "categories": ["ledger:VisitorTraffic", "pd:IPAddress"],
        }  # fmt: skip
        fields: dict[str, Any] = collected if type_name == "DataCollected" else {"by": "webhoster", "act": "ERASED", "store": "traffic-logs"}
        servers = self._ledger.settings.kafka.bootstrap_servers
        with Emitter(controller="webhoster", source="fault-test", bootstrap_servers=servers, deadline_seconds=30) as emitter:
            sent = [
                emitter.emit_soon(type_name, subject=f"dataset-{number:06d}", occurred_at=START - timedelta(days=number % 90), **fields)
                for number in range(first, first + count)
            ]
            emitter.flush(60)
            self._keep([Acknowledged(receipt.event_id, receipt.topic, receipt.partition, receipt.offset) for receipt in (s.result(0) for s in sent)])

    def publish(self, policy: str) -> None:
        """Publish one of the shipped policies again or for the first time."""
        servers = self._ledger.settings.kafka.bootstrap_servers
        with Emitter(controller=policy, source="fault-test", bootstrap_servers=servers, deadline_seconds=30) as emitter:
            receipt = publish_policy(emitter, load_policy(policy))
        self._keep([Acknowledged(receipt.event_id, receipt.topic, receipt.partition, receipt.offset)])

    def acknowledged(self) -> list[Acknowledged]:
        """What the file says."""
        return [Acknowledged(*json.loads(line)) for line in self._path.read_text(encoding="utf-8").splitlines()]

    def _keep(self, found: list[Acknowledged]) -> None:
        self._file.writelines(json.dumps(entry) + "\n" for entry in found)
        self._file.flush()
        os.fsync(self._file.fileno())

    def _events(self, count: int, subjects: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for _ in range(count):
            self._number += 1
            subject = f"subj-{self._chance.randrange(subjects):012x}"
            ref = f"order-{self._chance.randrange(3)}"
            at = {"occurred_at": START - timedelta(minutes=self._chance.randrange(400_000))}
            kind = self._chance.choice(("shared", "shared", "collected", "milestone", "erased", "consent"))
            if kind == "shared":  # a bank account is nothing for a registry: some of these break a promise
                category = self._chance.choice(("pd:EmailAddress", "pd:EmailAddress", "pd:BankAccount"))
                share = {"by": CONTROLLER, "recipient": "sidn", "recipient_role": "registry", "categories": ["pd:Name", category], "ref": ref}
                yield "DataShared", subject, share | {"purpose": "dpv:ServiceRegistration", "legal_basis": "eu-gdpr:A6-1-b"} | at
            elif kind == "collected":
                what = {"activity": "order", "purposes": ["dpv:CustomerOrderManagement"], "legal_basis": "eu-gdpr:A6-1-b"}
                yield "DataCollected", subject, what | {"categories": ["pd:Name"], "store": "shop", "ref": ref} | at
            elif kind == "milestone":
                yield "MilestoneReached", subject, {"kind": "SERVICE_ENDED", "ref": ref} | at
            elif kind == "erased":
                yield "DataErased", subject, {"by": self._chance.choice(("sidn", CONTROLLER)), "act": "ERASED", "ref": ref} | at
            else:
                state = self._chance.choice(("GIVEN", "WITHDRAWN"))
                yield "ConsentChanged", subject, {"purpose": "dpv:DirectMarketing", "channel": "email", "state": state} | at
