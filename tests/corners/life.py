"""A life written by hand: what random ones come to rarely, told as a log that grows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.duty_histories import with_duties
from tests.histories import Event
from tests.hoster_histories import Log, made, shipped_policy

ZONE = "Europe/Amsterdam"
AMSTERDAM = ZoneInfo(ZONE)
MICRO = 1
HOUR = 3_600_000_000
class Corner:
    """A log that grows: a hoster's policy first, then facts at wall-clock times in Amsterdam, or at microseconds."""

    def __init__(self, controller: str, *, acts_within: str | None = None, duties: tuple[dict[str, Any], ...] | None = None) -> None:
        policy = shipped_policy(controller)
        if duties is not None or acts_within is not None:
            policy = with_duties(policy, duties or (), acts_within or "P7D")
        self.controller, self.log = controller, [policy]

    def amend(self, clock: str, day: str, **other: str) -> None:
        """From that day on another version of a clock of the law counts, and the one before it no longer."""
        name, fields = self.log[0]
        compiled = json.loads(fields["compiled"])
        clocks = compiled["law"]["clocks"]
        clocks |= {f"{clock}-amended": clocks[clock] | {"from": day, "follows": clock} | other, clock: clocks[clock] | {"until": day}}
        self.log[0] = name, fields | {"compiled": json.dumps(compiled)}

    def follow(self, statute: str, by: str) -> None:
        """Another statute of the law took the place of this one."""
        name, fields = self.log[0]
        compiled = json.loads(fields["compiled"])
        statutes = compiled["law"]["statutes"]
        statutes |= {by: statutes[statute] | {"from": "2019-03-01", "follows": statute}}
        self.log[0] = name, fields | {"compiled": json.dumps(compiled)}

    def put(self, type_name: str, when: str | int, **fields: Any) -> None:
        number = fields.pop("number", len(self.log) + 1)
        self.log.append(made(type_name, number, instant(when), self.controller, **fields))

    def fact(self, type_name: str, when: str | int, **fields: Any) -> None:
        self.put(type_name, when, **{"subject_ref": "s1"} | fields)

    def tick(self, when: str | int) -> None:
        self.put("TimeReached", when, time=instant(when), mode="SIMULATED")

    def collect(self, when: str | int, activity: str, category: str, purpose: str, **fields: Any) -> None:
        given = {"categories": [category], "purposes": [purpose], "legal_basis": "eu-gdpr:A6-1-b"} | fields
        self.fact("DataCollected", when, activity=activity, **given)

    def share(self, when: str | int, recipient: str, role: str, purpose: str, **fields: Any) -> None:
        given = {"by": self.controller, "categories": ["pd:Name"], "legal_basis": "eu-gdpr:A6-1-b"} | fields
        self.fact("DataShared", when, recipient=recipient, recipient_role=role, purpose=purpose, **given)

    def consent(self, when: str, state: str, channel: str | None = None) -> None:
        self.fact("ConsentChanged", when, purpose="ledger:Newsletter", channel=channel, state=state)

    def breach(self, when: str | int, risk: str = "HIGH", **fields: Any) -> None:
        given = {"breach_ref": "b1", "aware_at": instant(when), "window_from": instant(when), "window_until": instant(when), "risk": risk} | fields
        self.put("BreachRecorded", when, **given)


def instant(when: str | int) -> int:
    """Microseconds since 1970 UTC of a wall-clock time in Amsterdam; what is in microseconds stays."""
    return when if isinstance(when, int) else int(datetime.fromisoformat(when).replace(tzinfo=AMSTERDAM).timestamp()) * 1_000_000


def own_copy(recipient: str, role: str, objection: str | None = None, purpose: str = "dpv:RightsFulfilment") -> Corner:
    """Said to be given to the person himself, all that HostingHuis has; then erased here, corrected, and hit by a breach there."""
    life = Corner("hostinghuis")
    life.collect("2019-02-01T12:00", "account", "pd:Name", "dpv:AccountManagement", store="crm")
    if objection is not None:
        life.fact("ObjectionChanged", "2019-03-01T12:00", purpose=objection, state="RAISED")
    life.share("2019-03-04T12:00", recipient, role, purpose, categories=["pd:Name", "pd:IPAddress"], country="US")
    life.fact("DataUsed", "2019-03-05T12:00", by=recipient, purpose=purpose, categories=["pd:Name"])
    life.fact("DataRectified", "2019-03-05T12:00", by="hostinghuis", categories=["pd:Name"])
    life.fact("DataErased", "2019-03-06T12:00", by="hostinghuis", act="ERASED")
    life.breach("2019-03-07T12:00", recipient=recipient)
    life.fact("RequestReceived", "2019-03-08T12:00", right="ERASURE", request_ref="q1", identity_check="DONE")
    life.tick("2019-05-01T12:00")
    return life


def answered(controller: str, right: str, *done: tuple[str, str, dict[str, Any]], at: str = "2019-03-10T12:00") -> Corner:
    """A request of 4 March 2019 that is said to be fulfilled; what was done comes before the answer on the log."""
    life = Corner(controller)
    life.fact("RequestReceived", "2019-03-04T12:00", right=right, request_ref="q1", identity_check="DONE")
    for type_name, when, fields in done:
        life.fact(type_name, when, **fields)
    life.fact("RequestAnswered", at, request_ref="q1", outcome="FULFILLED", identity_check="DONE")
    return life


def kept(country: str | None, store: str) -> Corner:
    life = Corner("hostinghuis")
    life.collect("2019-03-04T12:00", "account", "pd:Name", "dpv:AccountManagement", store=store, country=country)
    return life


def log_of(corner: Callable[[], Corner]) -> list[Event]:
    """The log of a corner, printed readably when a test fails."""
    return Log(corner().log)


