"""What happened at the hoster that HTTP and pages are measured on: shares, look-ups, what people asked, holds, and another hoster beside it.

Of each person three shares, and one look-up that is kept for two weeks (SO-12): that one has a date. Then the ledger's time comes, so that a part of
the look-ups is overdue, a part of what people asked is late, and the rest comes due within three years.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from ledger.contract import codec
from ledger.core.ids import message_key
from ledger.stack import Running
from tests.bench import ledgers
from tests.bench.shares import CONTROLLER, RECIPIENTS, START_MICROS, produce_all, share_fields

DAYS = 1_000
"""Over so many days what happens is spread, so that what comes due does not all fall on one."""
DAY_MICROS = 86_400_000_000
BEGIN, THEN = "2023-11-14T22:13:20Z", "2024-02-22T22:13:20Z"
"""The ledger's time before (START_MICROS) and after all that: a hundred days."""
TICK_SECONDS = "3600"
ASKED_EVERY, ANSWERED_EVERY, HELD_EVERY = 50, 100, 200
"""One person in so many asked something, was answered, has a hold."""
RIGHTS = ("ACCESS", "ERASURE", "OBJECTION", "PORTABILITY")
OTHER, OTHER_EVERY = "smallhold", 10
"""The other hoster, and its share of people: one beside each so many."""
ENVELOPE = (
    "event_id", "controller", "subject_ref", "occurred_at", "source", "actor", "correlation_id", "caused_by", "salt", "sealed",
)  # fmt: skip
LOOK_UP = {
    "activity": "look_up_log", "categories": ["ledger:LookUpLog"], "purposes": ["dpv:EnforceAccessControl"], "legal_basis": "eu-gdpr:A6-1-f",
    "statute": None, "origin": "OBSERVED", "necessity": "REQUIRED", "store": "logs", "country": "NL", "occasion": None,
}  # fmt: skip
REASON = {
    "holder": CONTROLLER, "store": "logs", "purpose": None, "ref": None, "reason": "eu-gdpr:JustificationA17LegallyRequired", "statute": "nl-awr-52",
    "until": START_MICROS + 2_000 * DAY_MICROS,
}  # fmt: skip
Message = tuple[bytes, bytes]


def fill(running: Running, holdings: int) -> None:
    """So many holdings, four a person, through Kafka; folded by a rebuild, which is twice as fast as a worker. Then what comes due does."""
    ledgers.fold_policies(running)
    with ledgers.worker(running):
        ledgers.run(running, "tick", BEGIN)
        ledgers.register_recipients(running, OTHER)
    produce_all(running.settings.kafka.bootstrap_servers, "facts", _facts(holdings // len(RECIPIENTS)))
    ledgers.run(running, "rebuild")
    with ledgers.worker(running):
        ledgers.run(running, "tick", THEN, "--timeout", TICK_SECONDS)


def _facts(people: int) -> Iterator[Message]:
    for number in range(people):
        yield from _of_person(number, CONTROLLER)
        if number % OTHER_EVERY == 0:
            yield from _of_person(number, OTHER)


def _of_person(person: int, controller: str) -> Iterator[Message]:
    many = len(RECIPIENTS)
    share, encode = codec.encoder("DataShared"), codec.encoder
    for number in range(person * many, (person + 1) * many):
        fields = share_fields(number, person) | {"controller": controller, "by": controller}
        fields["occurred_at"] += person % DAYS * DAY_MICROS
        fields["event_id"] = _event_id(fields["event_id"], controller, "")
        key = message_key(controller, fields["subject_ref"])
        if number % many < many - 1:
            yield key, share(fields)
    envelope = {name: fields[name] for name in ENVELOPE}
    yield key, encode("DataCollected")(envelope | LOOK_UP | {"ref": f"look-{person:x}"})
    for type_name, values in _asked(person):
        yield key, encode(type_name)(envelope | values | {"event_id": _event_id(fields["event_id"], controller, type_name)})


def _asked(person: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What else happens to some, as (type, fields of its own)."""
    if person % ASKED_EVERY == 0:
        right = RIGHTS[person // ASKED_EVERY % len(RIGHTS)]
        yield "RequestReceived", {"right": right, "request_ref": f"request-{person:x}", "identity_check": "DONE", "categories": []}
    if person % ANSWERED_EVERY == 0:
        yield "RequestAnswered", {"request_ref": f"request-{person:x}", "outcome": "REFUSED", "identity_check": "DONE", "reasons": [REASON]}
    if person % HELD_EVERY == 1:
        yield "HoldPlaced", {"hold_ref": f"hold-{person:x}", "kind": "LEGAL_HOLD", "categories": [], "store": None, "until": None}


def _event_id(first: bytes, controller: str, type_name: str) -> bytes:
    """An id of its own for each event of a person, in the order of what it is made from."""
    return first[:8] + b"\x80" + hashlib.sha256(first + controller.encode() + type_name.encode()).digest()[:7]
