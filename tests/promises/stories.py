"""Lives told in a few lines, each under the policy that ships for that hoster, folded by the pure fold as the worker does it.

A story is a log: its policy first, then what happens, in the order told. Each event passes the emitter's checks, so that no story tells
what could not be on the log. Judges nothing itself: what was broken and what came due is read from the fold's own outcomes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from ledger.answers.query import Query
from ledger.contract import codec
from ledger.core.events import REGISTER_TYPES
from ledger.policies.files import CompiledPolicy, compile_policy, load_policy
from ledger.policies.publishing import policy_event
from ledger.testing import RecordingEmitter
from tests.histories import Event, event_id, project
from tests.memory_answers import MemoryAnswers

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ADVERTISING = ("dpv:Advertising", "dpv:PersonalisedAdvertising", "dpv:TargetedAdvertising", "dpv:SocialMediaMarketing")
CONTRACT, CONSENT = "eu-gdpr:A6-1-b", "eu-gdpr:A6-1-a"
KEPT_BY_LAW = {
    "holder": "hoster", "store": None, "purpose": None, "ref": None, "reason": "ledger:StatutoryTerm", "statute": "nl-awr-52", "until": None,
}  # fmt: skip

TOLD: list[Story] = []
"""The stories of the test that runs; conftest.py looks at what became of them."""


def moment(text: str) -> int:
    """Microseconds since 1970 of a time in Amsterdam; of a day alone, its noon. An offset in the text counts."""
    found = datetime.fromisoformat(text if "T" in text else f"{text}T12:00")
    return ((found if found.tzinfo else found.replace(tzinfo=AMSTERDAM)) - EPOCH) // timedelta(microseconds=1)


class Story:
    """One life with one hoster. Verbs add to the log and answer the story; `on` says when what follows happens."""

    def __init__(self, hoster: str, subject: str = "s1") -> None:
        self.hoster, self.subject, self.log = hoster, subject, list[Event]()
        self._emitter = RecordingEmitter(controller=hoster, source="shop", now="2060-01-01T00:00:00Z")
        shipped = load_policy(hoster)
        self._declared = shipped.policy
        self._now = shipped.in_force_from
        TOLD.append(self)
        self.publishes(shipped)

    def on(self, when: str) -> Self:
        """What follows happens then; days may go back, as they do for what is recorded late."""
        self._now = moment(when)
        return self

    def of(self, subject: str) -> Self:
        """What follows is about this person or dataset."""
        self.subject = subject
        return self

    def tell(self, type_name: str, **fields: Any) -> Self:
        """Any event, with all that its contract asks for."""
        subject = {} if type_name in _REGISTER else {"subject": self.subject}
        number = len(self.log) + 1
        self._emitter.emit(type_name, **{"event_id": event_id(number), "occurred_at": self._now, **subject, **fields})
        self.log.append((type_name, self._emitter.events[-1].fields))
        return self

    # -- the hoster acts

    def collects(self, activity: str, *categories: str, **fields: Any) -> Self:
        """A collection as the policy declares it, but for what is given here."""
        declared = self._declared.activities.get(activity, self._declared.activities["account"])
        store = declared.stores[0]
        given = {
            "activity": activity, "categories": categories or sorted(declared.categories), "purposes": sorted(declared.purposes),
            "legal_basis": declared.legal_bases[0], "origin": min(declared.origins, default="DATA_SUBJECT"), "necessity": declared.necessity,
            "store": store.name, "country": store.country,
        }  # fmt: skip
        return self.tell("DataCollected", **given | fields)

    def shares(self, recipient: str, role: str, *categories: str, **fields: Any) -> Self:
        """A share by the hoster; without a purpose, for the first one that the policy names for the role."""
        rule = self._declared.recipients.get(role)
        purpose = min(rule.purposes, default="dpv:RequestedServiceProvision") if rule else "dpv:RequestedServiceProvision"
        given = {"by": self.hoster, "recipient": recipient, "recipient_role": role, "purpose": purpose, "legal_basis": CONTRACT}
        return self.tell("DataShared", categories=categories or ("pd:Name",), **given | fields)

    def uses(self, purpose: str, *categories: str, **fields: Any) -> Self:
        return self.tell("DataUsed", purpose=purpose, categories=categories or ("pd:EmailAddress",), **{"by": self.hoster} | fields)

    def mails(self, purpose: str, **fields: Any) -> Self:
        return self.uses(purpose, channel="email", **fields)

    def looks_at(self, *categories: str, **fields: Any) -> Self:
        return self.tell("DataConsulted", categories=categories, **{"purpose": "dpv:CustomerCare"} | fields)

    def erases(self, *categories: str, **fields: Any) -> Self:
        return self.tell("DataErased", categories=categories, **{"by": self.hoster, "act": "ERASED"} | fields)

    def tells(self, about: str, ref: str) -> Self:
        return self.tell("NoticeGiven", to="subject", about=about, ref=ref, method="email")

    def answers(self, outcome: str, **fields: Any) -> Self:
        return self.tell("RequestAnswered", request_ref="request-1", outcome=outcome, **fields)

    def decides(self, decision: str, notice: str = "DUE", **fields: Any) -> Self:
        given = {"disclosure_ref": "disclosure-1", "decision": decision, "notice": notice, "categories": ["pd:Name"]}
        return self.tell("DisclosureDecided", **given | fields)

    # -- the person acts, and things happen

    def reaches(self, kind: str, ref: str | None = None) -> Self:
        return self.tell("MilestoneReached", kind=kind, ref=ref)

    def opens_account(self) -> Self:
        """An account with a name and an e-mail address, under a contract, and a service."""
        self.reaches("ACCOUNT_OPENED", "account-1").reaches("BECAME_CUSTOMER").reaches("CONTRACT_STARTED", "contract-1")
        return self.collects("account", "pd:Name", "pd:EmailAddress").reaches("SERVICE_STARTED", "service-1")

    def leaves(self) -> Self:
        """The service, the contract and the account end."""
        return self.reaches("SERVICE_ENDED", "service-1").reaches("CONTRACT_ENDED", "contract-1").reaches("ACCOUNT_CLOSED", "account-1")

    def consents(self, purpose: str, state: str = "GIVEN", **fields: Any) -> Self:
        return self.tell("ConsentChanged", purpose=purpose, state=state, **fields)

    def objects(self, purpose: str, state: str = "RAISED", **fields: Any) -> Self:
        return self.tell("ObjectionChanged", purpose=purpose, state=state, **fields)

    def asks(self, right: str, **fields: Any) -> Self:
        return self.tell("RequestReceived", **{"right": right, "request_ref": "request-1"} | fields)

    # -- the register

    def publishes(self, policy: CompiledPolicy | str) -> Self:
        """A version of the statement; as text it is compiled first."""
        compiled = compile_policy(policy.encode(), file="story.yaml") if isinstance(policy, str) else policy
        return self.tell("PolicyPublished", **policy_event(compiled))

    def registers(self, recipient: str, role: str, **fields: Any) -> Self:
        return self.tell("RecipientRegistered", recipient=recipient, role=role, **fields)

    def agrees_with(self, recipient: str, *categories: str, purpose: str, **fields: Any) -> Self:
        given = {"agreement": f"dpa-{recipient}", "state": "IN_FORCE", "in_force_from": self._now, "purposes": [purpose]}
        return self.tell("AgreementChanged", recipient=recipient, categories=categories, **given | fields)

    def breached(self, risk: str = "RISK", since: str = "2019-01-01", until: str = "2019-12-31", **fields: Any) -> Self:
        """A breach that the hoster becomes aware of now: of all that it holds, in this window."""
        given = {"breach_ref": "breach-1", "aware_at": self._now, "window_from": moment(since), "window_until": moment(until), "risk": risk}
        return self.tell("BreachRecorded", **given | {"categories": ["pd:Name", "pd:EmailAddress"]} | fields)

    def tells_authority(self) -> Self:
        return self.tell("AuthorityNotified", breach_ref="breach-1", authority="autoriteit-persoonsgegevens", notified_at=self._now)

    def rectifies(self, by: str | None = None, *categories: str) -> Self:
        return self.tell("DataRectified", by=by or self.hoster, categories=categories or ("pd:Name",))

    def discloses(self, ground: str = "police_demand", kind: str = "police") -> Self:
        """Somebody asks for the name."""
        return self.tell("DisclosureRequested", disclosure_ref="disclosure-1", requester_kind=kind, ground=ground, categories=["pd:Name"])

    def clock(self, when: str) -> Self:
        """The ledger's time reaches this moment."""
        self._now = moment(when)
        self.log.append(_tick(len(self.log) + 1, self._now))
        return self

    # -- what the ledger says of it

    def broken(self) -> set[tuple[str, str]]:
        """(promise, rule) of every verdict on a fact in the whole story; what was not done in time is in `overdue`."""
        return {(fields["promise"], fields["rule"]) for fields in self._violations() if not fields["rule"].startswith("overdue-")}

    def overdue(self) -> set[tuple[str, str]]:
        """(promise, rule) of what was not done in time."""
        return {(fields["promise"], fields["rule"]) for fields in self._violations() if fields["rule"].startswith("overdue-")}

    def duties(self, state: str = "OPEN") -> set[tuple[str, str, str]]:
        """(kind, rule, reference or recipient) of what must be done beside erasing and is in this state; the controller's own too."""
        found = [row for row in project(self.log).obligation_rows() if row[5] != "ERASE" and row[15] == state]
        return {(row[5], row[14], row[6] if row[5] == "RECTIFY" else row[9]) for row in found}

    def count(self, kind: str, *states: str) -> int:
        """How many obligations of this kind there are, in any of these states, or in any."""
        return sum(1 for row in project(self.log).obligation_rows() if row[5] == kind and (not states or row[15] in states))

    def because(self, promise: str, rule: str) -> list[str]:
        """Types of the events that the last verdict with this promise and rule rests on, the act first, the others by their place on the log."""
        placed = {fields["event_id"]: place for place, (_, fields) in enumerate(self.log)}
        act, *others = [fields for fields in self._violations() if (fields["promise"], fields["rule"]) == (promise, rule)][-1]["rests_on"]
        return [self.log[place][0] for place in (placed[act], *sorted(placed[each] for each in others))]

    def count_found(self, rule: str) -> int:
        """How often this rule was broken."""
        return sum(1 for fields in self._violations() if fields["rule"] == rule)

    def late_from(self, kind: str) -> datetime:
        """When the one obligation of this kind is late, in Amsterdam."""
        (row,) = [row for row in project(self.log).obligation_rows() if row[5] == kind]
        return (EPOCH + timedelta(microseconds=row[13])).astimezone(AMSTERDAM)

    def _violations(self) -> list[dict[str, Any]]:
        return [fields for name, fields in outcomes(self.log) if name == "ViolationFound"]

    def severities(self) -> dict[str, str]:
        """Rule -> severity of what was found."""
        return {fields["rule"]: fields["severity"] for fields in self._violations()}

    def due(self, when: str) -> set[tuple[str, str]]:
        """(rule, store or recipient) of every erasure called for, had time come to this moment; the story stays as it is."""
        return {where for where, _ in self._obligations([*self.log, _tick(len(self.log) + 1, moment(when))])}

    def obligations(self, state: str) -> set[tuple[str, str]]:
        """(rule, store or recipient) of what is OPEN, OVERDUE, MET or CANCELLED at the end of the story."""
        return {where for where, found in self._obligations(self.log) if found == state}

    def late(self) -> set[tuple[str, str]]:
        """(rule, store or recipient) of what was not erased in time."""
        return self.obligations("OVERDUE")

    def held(self) -> set[tuple[str, str]]:
        """(store or recipient, category) of all that is held at the end of the story."""
        rows = project(self.log).holding_rows()
        return {(row[6] if row[5] == self.hoster else row[5], category) for row in rows for category in row[10]}

    def why(self, where: str) -> set[str]:
        """What the answers say about until when something is held in a store or at a recipient, in plain words."""
        found = Query(MemoryAnswers(project(self.log))).subject(self.hoster, self.subject).holdings
        return {each.why.text for each in found if where == (each.store if each.holder == self.hoster else each.holder)}

    def remarks(self, promise: str) -> tuple[str, str]:
        """Status and note of a promise, as the policy on the log carries them; ("", "") when it says nothing of it."""
        said = json.loads(self.log[0][1]["compiled"])["promises"].get(promise, {})
        return said.get("status", ""), said.get("note", "")

    def _obligations(self, log: list[Event]) -> list[tuple[tuple[str, str], str]]:
        return [
            ((row[14], (row[7] if row[6] == self.hoster else row[6]) or ""), row[15])
            for row in project(log).obligation_rows() if row[5] == "ERASE"
        ]  # columns: ledger/core/rows.py


def customer(hoster: str) -> Story:
    """Somebody who opened an account on 7 January 2019 and has a running service."""
    return Story(hoster).on("2019-01-07").opens_account()


def outcomes(log: list[Event]) -> list[tuple[str, dict[str, Any]]]:
    """Type and fields of what the fold derives from a log, in order."""
    return [codec.decode(row[6]) for _, row in sorted(project(log).outcomes.items())]


def _tick(number: int, at: int) -> Event:
    fields = {
        "event_id": event_id(number), "controller": "ledger", "occurred_at": at, "source": "tick", "salt": event_id(number), "time": at,
        "mode": "SIMULATED",
    }  # fmt: skip
    return "TimeReached", codec.decode(codec.encode("TimeReached", fields))[1]


_REGISTER = frozenset(REGISTER_TYPES)
