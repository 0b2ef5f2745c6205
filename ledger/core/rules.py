"""What judges the facts of one partition: the register as known at a place in the log.

Pure. Fed only by the register copies of the partition, in order, so that every partition judges alike and a replay needs nothing else.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import tzinfo
from typing import Any, Literal, NamedTuple

from ledger.core.calendar import Duration
from ledger.core.compiled_policy import PolicyError, policy_from_json
from ledger.core.duty import BY_LAW, CLOCKS, Deed, Duty, Occasion
from ledger.core.law import LawError, LawInZone, law_from
from ledger.core.policy import ACTS_WITHIN, Policy


class PolicyInForce(NamedTuple):
    """One published version: from when it counts, the policy, its zone, the law it is judged by (None: it carries none), and its event."""

    in_force_from: int
    policy: Policy
    zone: tzinfo
    law: LawInZone | None
    event_id: bytes


class Selection(NamedTuple):
    """Which subjects a register event concerns, as data: each host finds them its own way. All fields None: nobody.

    controller: all of this controller's; with holders, only those of whom one of these (holder, store or None = any) has something, or had.
    due_until: those with something to do for a tick at that time; due_since: the time of the tick before.
    """

    controller: str | None = None
    due_until: int | None = None
    holders: tuple[tuple[str, str | None], ...] | None = None
    due_since: int = 0


@dataclass(slots=True)
class Rules:
    """Policies, recipients, agreements and breaches of all controllers, as published so far in this partition."""

    zone_of: Callable[[str], tzinfo]
    policies: dict[str, list[PolicyInForce]] = field(default_factory=dict)
    recipients: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    agreements: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    breaches: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    verdicts: dict[tuple[Any, ...], tuple[Any, ...]] = field(default_factory=dict)

    def apply(self, type_name: str, fields: dict[str, Any]) -> Selection:
        """Take in one register event (not a tick) and say whom it concerns.

        Raises:
            PolicyError: the compiled policy cannot be read; the event changes nothing.
        """
        controller = fields["controller"]
        if type_name == "PolicyPublished":
            policy, zone, law = self._read(fields["compiled"])
            published = PolicyInForce(fields["in_force_from"], policy, zone, law, fields["event_id"])
            versions = self.policies.setdefault(controller, [])
            versions[:] = [known for known in versions if known.in_force_from != published.in_force_from]
            versions.append(published)
            versions.sort(key=lambda known: known.in_force_from)
            self.verdicts.clear()
            return Selection(controller=controller)
        if type_name == "RecipientRegistered":
            insort(self.recipients.setdefault((controller, fields["recipient"]), []), fields, key=_when)
        elif type_name == "AgreementChanged":
            states = self.agreements.setdefault((controller, fields["recipient"]), {}).setdefault(fields["agreement"], [])
            insort(states, fields, key=lambda each: (each["in_force_from"], *_when(each)))
        elif type_name == "BreachRecorded":
            return self._breach(controller, fields)
        return Selection()

    def asks(self, controller: str, about: Literal["customer", "consent"]) -> bool:
        """Whether a term of any version of the controller's statement depends on that: where none does, its facts move no date."""
        name = "asks_customer" if about == "customer" else "asks_consent"
        return any(getattr(published.policy, name) for published in self.policies.get(controller, ()))

    def moved_by(self, controller: str, kind: str) -> Literal["nothing", "same ref", "all"]:
        """Which of a subject's data a milestone can move: none, what has its reference, or all, by any version of the statement."""
        found = [published.policy.moved_by[kind] for published in self.policies.get(controller, ()) if kind in published.policy.moved_by]
        return "nothing" if not found else "same ref" if all(found) else "all"

    def copy(self) -> Rules:
        """The rules as they are now: what is applied to the one later leaves the other as it was."""
        names = [each.name for each in fields(self) if each.name not in ("zone_of", "verdicts")]
        return replace(self, verdicts={}, **{name: _copied(getattr(self, name)) for name in names})

    def _breach(self, controller: str, fields: dict[str, Any]) -> Selection:
        """Of two records of one breach the later by its moment counts; whom either of them concerns is to be looked at."""
        breaches = self.breaches.setdefault(controller, {})
        known = breaches.get(fields["breach_ref"])
        if known is None or _when(known) < _when(fields):
            breaches[fields["breach_ref"]] = fields
        records = [fields] if known is None else [known, fields]
        holders = {(each["recipient"] or controller, each["store"]) for each in records}
        return Selection(controller=controller, holders=tuple(sorted(holders, key=repr)))

    def duty(self, controller: str, at: int, on: Occasion, do: Deed, *, risk: str = "", right: str = "") -> Duty | None:
        """The duty of the policy in force then, or else of the law as it was then; None when neither asks for this."""
        published = self.policy_at(controller, at)
        own = () if published is None else published.policy.duties
        asked = (duty for duty in (*own, *BY_LAW) if duty.is_for(on, do, risk=risk, right=right))
        return next((duty for duty in asked if published is None or _is_law_at(published.law, CLOCKS.get(duty.id), at)), None)

    def acts_within(self, controller: str, at: int, duty: Duty | None) -> Duration:
        """How long there is for a duty: its own time, or else the policy's."""
        published = self.policy_at(controller, at)
        return (duty and duty.acts_within) or (ACTS_WITHIN if published is None else published.policy.acts_within)

    def recipient_at(self, controller: str, recipient: str, moment: tuple[int, bytes]) -> dict[str, Any] | None:
        """The entry of a recipient as it stood before that moment (at, event_id), or None when there was none."""
        entries: Sequence[dict[str, Any]] = self.recipients.get((controller, recipient), ())
        for each in entries[::-1]:
            if _when(each) < moment:
                return each
        return None

    def agreements_in_force(self, controller: str, recipient: str, at: int) -> Iterator[dict[str, Any]]:
        """The agreements with a recipient that hold at that moment: of each the state that began last counts; of two at once the one said last."""
        for states in self.agreements.get((controller, recipient), {}).values():
            for state in reversed(states):
                if state["in_force_from"] <= at:
                    if state["state"] == "IN_FORCE" and (state["until"] is None or at < state["until"]):
                        yield state
                    break

    def check(self, type_name: str, fields: dict[str, Any]) -> None:
        """Ask whether `apply` can take this event in, and change nothing. Reading a policy is memoised, so asking first costs nothing.

        Raises:
            PolicyError: the compiled policy cannot be read.
        """
        if type_name == "PolicyPublished":
            self._read(fields["compiled"])

    def _read(self, compiled: str) -> tuple[Policy, tzinfo, LawInZone | None]:
        """The policy, its zone and its law. Whatever is wrong with it becomes a PolicyError: anything else would stop every worker, for good."""
        try:
            policy = policy_from_json(compiled)
            zone = self.zone_of(policy.time_zone)
            law = law_from(policy.law).in_zone(zone) if policy.law else None
        except LawError as error:
            raise PolicyError("cannot read compiled policy: expected a law library, got something else") from error
        except (KeyError, TypeError, ValueError, OSError, RecursionError) as error:
            raise PolicyError("cannot read compiled policy: expected a known time zone, got something else") from error
        return policy, zone, law

    def policy_at(self, controller: str, at: int) -> PolicyInForce | None:
        """The version in force at that moment; before the first one, the first (a statement cannot bind less than nothing)."""
        versions = self.policies.get(controller)
        if not versions:
            return None
        if len(versions) == 1:
            return versions[0]
        found = bisect_right(versions, at, key=lambda known: known.in_force_from)
        return versions[max(found - 1, 0)]


def _is_law_at(law: LawInZone | None, clock: str | None, at: int) -> bool:
    """Whether what a clock is of was law then; what no library knows is taken for law."""
    return law is None or clock is None or law.clock_in_force(clock, at) is not False


def _when(fields: dict[str, Any]) -> tuple[int, bytes]:
    return fields["occurred_at"], fields["event_id"]


def _copied(value: Any) -> Any:
    """Dicts and lists anew, as deep as they lie; what they hold is never changed."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value
