"""State in, answers out: the same words whether the state came from rows or from folding a history. Pure.

Must never judge: every date, rule and verdict is the fold's; this module only says what they rest on. Source:
docs/answers.md; GDPR Art. 15.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo

from ledger.answers.not_begun import not_begun_of, was_ever, words
from ledger.answers.presentation import day, duration, milestone, term, terms
from ledger.answers.shapes import Event, Term
from ledger.answers.shapes_subject import (
    Anchor,
    ConsentAnswer,
    ErasedCategory,
    ErasureAnswer,
    HeldCategory,
    HoldAnswer,
    HoldingAnswer,
    Idle,
    ObjectionAnswer,
    ObligationAnswer,
    RequestAnswer,
    Step,
    Why,
)
from ledger.core.consent_end import ENDS
from ledger.core.erasing import called_by
from ledger.core.holdings import covers
from ledger.core.obligations import escalation
from ledger.core.retention import due_of, rule_of, waiting_for
from ledger.core.retention_rule import COLLECTION, CONSENT_ENDED, NOT_STATED, RetentionRule
from ledger.core.rules import PolicyInForce, Rules
from ledger.core.state import Change, Evidence, Holding, Obligation
from ledger.core.statutory import Length
from ledger.core.subject import Subject

TOPIC = "facts"


class Answering:
    """One subject's state, turned into answers. offsets: event_id -> offset, of events that the state names by id alone."""

    def __init__(self, subject: Subject, partition: int, rules: Rules, time_reached: int, offsets: Mapping[bytes, int]) -> None:
        self._subject, self._partition, self._rules, self._now, self._offsets = subject, partition, rules, time_reached, offsets

    def event(self, event_id: bytes, offset: int | None = None) -> Event:
        """An event by its place on the log."""
        return Event(topic=TOPIC, partition=self._partition, offset=self._offsets.get(event_id) if offset is None else offset, event_id=event_id)

    def _of(self, evidence: Evidence) -> Event:
        return self.event(evidence.event_id, evidence.offset)

    # -- holdings

    def holdings(self) -> tuple[HoldingAnswer, ...]:
        """Every holding: those of the controller first, then by holder; what is gone last."""
        own = self._subject.controller
        held = sorted(self._subject.holdings.values(), key=lambda h: (not h.categories, h.key[0] != own, repr(h.key)))
        return tuple(self.holding(holding) for holding in held)

    def holding(self, holding: Holding) -> HoldingAnswer:
        """One of them."""
        holder, store, purpose, ref, _ = holding.key
        of = holding.attributes
        held = sorted(holding.categories.items(), key=lambda item: (item[1], item[0]))
        return HoldingAnswer(
            holder=holder,
            role=None if of.role is None else term("recipient_roles", of.role),
            store=store,
            purpose=term("purposes", purpose),
            ref=ref,
            chain=self._chain(holding),
            activity=of.activity,
            legal_basis=term("legal_bases", of.legal_basis),
            statute=of.statute,
            country=of.country,
            safeguard=None if of.safeguard is None else term("safeguards", of.safeguard),
            agreement=of.agreement,
            product=of.product,
            categories=tuple(HeldCategory(category=term("categories", name), since=e.at, event=self._of(e)) for name, e in held),
            since=holding.since if held else None,
            until=holding.due_at if held else None,
            why=self.why(holding),
            erased=tuple(self._gone(holding, category, at) for category, at in sorted(holding.erased.items())),
            obligation_id=called_by(self._subject, holding),
        )

    def _chain(self, holding: Holding) -> tuple[str, ...]:
        """Who passed it on to whom, from the controller on. Holdings with the same ref tell more than others; a circle ends the search."""
        chain, giver, ref = [holding.key[0]], holding.key[4], holding.key[3]
        while giver is not None and giver not in chain:
            chain.append(giver)
            before = [h for h in self._subject.holdings.values() if h.key[0] == giver and h.key[4] is not None]
            if giver == self._subject.controller or not before:
                break
            giver = min(before, key=lambda h: (h.key[3] != ref, repr(h.key))).key[4]
        return tuple(reversed(chain))

    def _gone(self, holding: Holding, category: str, at: int) -> ErasedCategory:
        covering = [e for scope, e in self._subject.erasures.items() if e.at == at and covers(scope, holding.key, category)]
        event = self._of(min(covering)) if covering else None
        return ErasedCategory(category=term("categories", category), at=at, event=event)

    # -- why

    def why(self, holding: Holding) -> Why:
        """The rule, the statement it stands in, and the facts its date rests on; in plain words where there is no date."""
        if not holding.categories:
            return _why("nothing is held any more")
        published = self._rules.policy_at(self._subject.controller, holding.since)
        if published is None:
            return _why("no statement of the controller is published")
        rule = rule_of(self._subject, holding, published.policy)
        if rule is None:
            return _why("no term stated", published)
        if NOT_STATED in rule.anchors:
            text = f"no date: {term_text(rule)}, but not stated from when"
            return _why(text, published, rule, waits_for=(milestone(NOT_STATED),), never_starts=True)
        waits = tuple(milestone(kind) for kind in waiting_for(self._subject, holding, rule, published.zone))
        if waits:
            which = " or " if rule.mode == "ANY" else " and "
            text = "term has not started: waits for " + which.join(kind.term for kind in waits)
            idle = not_begun_of(self._subject, holding, rule, published.zone)
            said = () if self._subject.is_dataset else idle
            text += f"; {words(self._subject, holding, rule, said)}" if said else ""
            return _why(text, published, rule, waits_for=waits, never_starts=bool(idle), idle=tuple(self._idle(holding, rule, each) for each in said))
        found = due_of(self._subject, holding, rule, published.zone)
        rests_on = holding.anchors if found is None else found[1]
        anchors = tuple(self._anchor(holding, rule, evidence) for evidence in rests_on)
        length = term_text(rule.length_at(max(anchor.at for anchor in anchors), published.zone))
        is_on_hold = self._subject.holds_back(holding, self._now)
        reason, at_least_until = _reason(rule, length, anchors, published.zone, is_on_hold), None
        if found is not None and rule.kept == "at_least":
            at_least_until = found[0]
            end = f"not before {day(found[0], published.zone)}: {reason}"
            reason = f"{end}; a request asked for it" if holding.due_at is not None else f"{end}; until when is not stated"
        return _why(reason, published, rule, anchors=anchors, length=length, at_least_until=at_least_until, is_on_hold=is_on_hold)

    def _idle(self, holding: Holding, rule: RetentionRule, anchor: str) -> Idle:
        return Idle(kind=milestone(anchor), was_ever=was_ever(self._subject, holding, rule, anchor))

    def _anchor(self, holding: Holding, rule: RetentionRule, evidence: Evidence) -> Anchor:
        for (kind, _), known in self._subject.milestones.items():
            if kind in rule.anchors and known.event_id == evidence.event_id:
                return Anchor(kind=milestone(kind), at=known.at, event=self._of(known))
        for at, event_id, offset, state in (step for steps in self._subject.consents.values() for step in steps):
            if CONSENT_ENDED in rule.anchors and state in ENDS and event_id == evidence.event_id:
                return Anchor(kind=milestone(CONSENT_ENDED), at=at, event=self.event(event_id, offset))
        return Anchor(kind=milestone(COLLECTION), at=holding.latest.at, event=self._of(holding.latest))

    # -- the rest

    def obligations(self, found: Iterable[Obligation]) -> tuple[ObligationAnswer, ...]:
        """Open ones first, then by due date."""
        order = {"OVERDUE": 0, "OPEN": 1, "MET": 2, "CANCELLED": 3}
        return tuple(self.obligation(each) for each in sorted(found, key=lambda o: (order[o.state], o.due_at, o.obligation_id)))

    def obligation(self, found: Obligation) -> ObligationAnswer:
        """One obligation, as old and as late as the ledger's time says."""
        holder, store, purpose, ref, _ = found.holding
        ended = found.settled.at if found.settled else max(self._now, found.raised_at)
        return ObligationAnswer(
            obligation_id=found.obligation_id,
            controller=self._subject.controller,
            subject_ref=self._subject.subject_ref,
            kind=found.kind,
            holder=holder,
            store=store,
            purpose=term("purposes", purpose) if purpose else None,
            ref=ref,
            about=found.about,
            categories=terms("categories", found.categories),
            state=found.state,
            rule=found.rule,
            request_ref=found.request_ref,
            raised_at=found.raised_at,
            due_at=found.due_at,
            overdue_at=found.overdue_at,
            age_seconds=max(0, ended - found.raised_at) // 1_000_000,
            late_by_seconds=max(0, ended - found.overdue_at) // 1_000_000 if found.state != "CANCELLED" else 0,
            escalation=escalation(found, self._now),
            settled_at=found.settled and found.settled.at,
            certificate_ref=found.certificate_ref,
            reason=found.reason,
            partition=self._partition,
            raised_offset=found.raised_offset,
            rests_on=tuple(self.event(event_id) for event_id in found.rests_on),
        )

    def consents(self) -> tuple[ConsentAnswer, ...]:
        """By purpose, channel and recipient; the last step is the state now."""
        return tuple(
            ConsentAnswer(purpose=term("purposes", purpose), channel=channel, recipient=recipient, state=s[-1].state, since=s[-1].at, steps=s)
            for (purpose, channel, recipient), changes in sorted(self._subject.consents.items(), key=repr)
            if (s := self._steps(changes))
        )

    def objections(self) -> tuple[ObjectionAnswer, ...]:
        """By purpose and channel; the last step is the state now."""
        return tuple(
            ObjectionAnswer(purpose=term("purposes", purpose), channel=channel, state=s[-1].state, since=s[-1].at, steps=s)
            for (purpose, channel), changes in sorted(self._subject.objections.items(), key=repr)
            if (s := self._steps(changes))
        )

    def _steps(self, changes: Iterable[Change]) -> tuple[Step, ...]:
        return tuple(Step(state=state, at=at, event=self.event(event_id, offset)) for at, event_id, offset, state in changes)

    def requests(self) -> tuple[RequestAnswer, ...]:
        """By reference."""
        return tuple(
            RequestAnswer(
                request_ref=ref,
                right=request.right,
                received_at=request.received and request.received.at,
                received=request.received and self._of(request.received),
                outcome=request.outcome,
                answered_at=request.answered and request.answered.at,
                answered=request.answered and self._of(request.answered),
            )
            for ref, request in sorted(self._subject.requests.items())
        )

    def holds(self) -> tuple[HoldAnswer, ...]:
        """By reference."""
        return tuple(
            HoldAnswer(
                hold_ref=ref,
                kind=hold.kind,
                stands=hold.stands_at(self._now),
                placed_at=hold.placed and hold.placed.at,
                placed=hold.placed and self._of(hold.placed),
                released_at=hold.released and hold.released.at,
                released=hold.released and self._of(hold.released),
            )
            for ref, hold in sorted(self._subject.holds.items())
        )

    def erasures(self) -> tuple[ErasureAnswer, ...]:
        """In order of happening."""
        return tuple(
            ErasureAnswer(
                by=by,
                store=store,
                categories=terms("categories", categories),
                purposes=terms("purposes", purposes),
                ref=ref,
                at=evidence.at,
                event=self._of(evidence),
            )
            for (by, store, categories, purposes, ref), evidence in sorted(self._subject.erasures.items(), key=lambda item: item[1])
        )

    def key_destroyed(self) -> Step | None:
        """When the subject's key was destroyed, if it was."""
        found = self._subject.key_destroyed
        return None if found is None else Step(state="DESTROYED", at=found.at, event=self._of(found))


def _why(
    text: str,
    published: PolicyInForce | None = None,
    rule: RetentionRule | None = None,
    anchors: tuple[Anchor, ...] = (),
    waits_for: tuple[Term, ...] = (),
    length: str | None = None,
    never_starts: bool = False,
    idle: tuple[Idle, ...] = (),
    at_least_until: int | None = None,
    is_on_hold: bool = False,
) -> Why:
    return Why(
        rule=rule.id if rule else None,
        statement=published.policy.title if published else None,
        version=published.policy.version if published else None,
        statute=rule.statute if rule else None,
        term=length or (term_text(rule) if rule else None),
        anchors=anchors,
        waits_for=waits_for,
        never_starts=never_starts,
        idle=idle,
        by_ref=rule is not None and rule.per == "ref",
        is_any=rule is not None and rule.mode == "ANY",
        at_least_until=at_least_until,
        is_on_hold=is_on_hold,
        text=text,
    )


def term_text(of: RetentionRule | Length) -> str:
    """The length of a term in words: "2 years, then 7 years, to the end of that calendar year"."""
    parts = [duration(of.after)]
    if of.then is not None:
        parts.append(f"then {duration(of.then)}")
    if of.rounding == "calendar_year_end":
        parts.append("to the end of that calendar year")
    return ", ".join(parts)


def _reason(rule: RetentionRule, length: str, anchors: Iterable[Anchor], zone: tzinfo, on_hold: bool) -> str:
    """As in "2 years after service ended on 2020-03-01, as AWR-52 demands"."""
    since = " and ".join(f"{anchor.kind.label} on {day(anchor.at, zone)}" for anchor in anchors)
    text = f"{length}: {since}" if length == "at once" else f"{length} after {since}"
    if rule.statute:
        text += f", as {rule.statute} demands"
    return text + ("; a legal hold stands" if on_hold else "")
