"""The lines of a certificate of erasure, from a subject's state, its obligations and its facts. Source: docs/evidence.md section 12."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ledger.answers.answering import Answering
from ledger.answers.asking import Register
from ledger.answers.facts import Fact
from ledger.answers.presentation import term, terms
from ledger.answers.requests import is_extension, refusal_of
from ledger.answers.shapes import Event, Term
from ledger.answers.shapes_erasure import Acknowledged, Because, Erased, Left, Refused
from ledger.core.as_of import Known
from ledger.core.delta import Row
from ledger.core.holdings import covers
from ledger.core.ids import HoldingKey, outcome_id
from ledger.core.obligations import OBLIGATIONS, OVERDUE, VIOLATIONS
from ledger.core.policy import Policy
from ledger.core.refusal import is_refused
from ledger.core.rules import PolicyInForce, Rules
from ledger.core.state import Holding, Obligation, ObligationKey
from ledger.core.subject import Subject

Key = HoldingKey | ObligationKey
Becauses = Callable[[Obligation | None, int], Because]
"""(the obligation, or None where nobody called for it; when it was called for) -> because of what."""


class Outcomes:
    """Where the outcomes of one subject's obligations stand on their own logs. offset_of: as erasures.OutcomeOffset."""

    def __init__(self, partition: int, subject_id: bytes, violations: Iterable[Row], offset_of: Callable[[str, int, int, bytes, bytes], int]) -> None:
        self._partition, self._subject_id, self._offset_of = partition, subject_id, offset_of
        self._found_at = {row[3]: row[1] for row in violations}

    def event(self, topic: str, type_name: str, caused_at: int, what: bytes) -> Event:
        """An outcome of the record at `caused_at` of `facts`, by its own place."""
        event_id = outcome_id(type_name, self._partition, caused_at, what)
        offset = self._offset_of(topic, self._partition, caused_at, self._subject_id, event_id)
        return Event(topic=topic, partition=self._partition, offset=offset, event_id=event_id)

    def late(self, of: Obligation) -> tuple[Event | None, Event | None]:
        """That it became overdue, and the violation that says so; both None when it was in time. The violation tells at which record."""
        what = f"{of.rule}/{OVERDUE[of.kind]}".encode() + of.obligation_id
        for event_id, caused_at in self._found_at.items():
            if event_id == outcome_id("ViolationFound", self._partition, caused_at, what):
                overdue = self.event(OBLIGATIONS, "ObligationOverdue", caused_at, of.obligation_id)
                return overdue, self.event(VIOLATIONS, "ViolationFound", caused_at, what)
        return None, None


def erased_lines(
    subject: Subject, register: Register, answering: Answering, facts: Sequence[Fact], outcomes: Outcomes, done: Iterable[Obligation]
) -> Iterator[Erased]:
    """A line for each obligation to erase that was met."""
    because = because_of(register, subject, answering, facts)
    for each in done:
        assert each.settled is not None, "it is met"  # noqa: S101
        said = acknowledgements(facts, each.holding, each.categories, each.settled.offset)
        erased_at = max((one.at for one in said), default=each.settled.at)
        overdue, violation = outcomes.late(each)
        holder, store, purpose, ref, received_from = each.holding
        yield Erased(
            holder=holder,
            role=_role(subject, each.holding),
            store=store,
            purpose=None if purpose is None else term("purposes", purpose),
            ref=ref,
            received_from=received_from,
            categories=terms("categories", each.categories),
            obligation_id=each.obligation_id,
            because=because(each, each.raised_at),
            raised_at=each.raised_at,
            due_at=each.due_at,
            overdue_at=each.overdue_at,
            erased_at=erased_at,
            late_by_seconds=0 if overdue is None else max(0, erased_at - each.overdue_at) // 1_000_000,
            acknowledged=said,
            raised=outcomes.event(OBLIGATIONS, "ObligationRaised", each.raised_offset, each.obligation_id),
            overdue=overdue,
            violation=violation,
            met=outcomes.event(OBLIGATIONS, "ObligationMet", each.settled.offset, each.obligation_id),
        )


def uncalled_lines(
    subject: Subject, answering: Answering, facts: Sequence[Fact], done: Iterable[Obligation], because: Becauses
) -> Iterator[Erased]:
    """A line for each erasure that nobody had called for: by the holding and the fact that erased it last."""
    called = {(each.holding, category) for each in done for category in each.categories}
    groups: dict[tuple[HoldingKey, int], list[str]] = {}
    for key, holding in subject.holdings.items():
        for category, at in holding.erased.items():
            if (key, category) not in called:
                groups.setdefault((key, at), []).append(category)
    for (key, at), categories in groups.items():
        said = tuple(each for each in acknowledgements(facts, key, categories, None) if each.at == at)
        holder, store, purpose, ref, received_from = key
        yield Erased(
            holder=holder, role=_role(subject, key), store=store, purpose=term("purposes", purpose), ref=ref, received_from=received_from,
            categories=terms("categories", sorted(categories)), obligation_id=None, because=because(None, at), raised_at=None, due_at=None,
            overdue_at=None, erased_at=at, late_by_seconds=0, acknowledged=said, raised=None, overdue=None, violation=None, met=None,
        )  # fmt: skip


def acknowledgements(facts: Iterable[Fact], key: Key, categories: Iterable[str], up_to: int | None) -> tuple[Acknowledged, ...]:
    """What the holder said: of each category the latest fact that erased it, of those known by an offset of the log; in order of happening."""
    latest: dict[str, Fact] = {}
    for category in categories:
        for fact in facts:  # in order of happening: the last one stays
            of = fact.fields
            if fact.type == "DataErased" and (up_to is None or fact.offset <= up_to):
                scope = (of["by"], of["store"], tuple(of["categories"]), tuple(of["purposes"]), of["ref"])
                if key[2] is not None and covers(scope, (key[0], key[1], key[2], key[3], key[4]), category):
                    latest[category] = fact
    found = sorted({fact.offset: fact for fact in latest.values()}.values(), key=lambda fact: fact.moment)
    return tuple(
        Acknowledged(
            by=fact.fields["by"], at=fact.fields["occurred_at"], act=fact.fields["act"], because_of=fact.fields["because_of"],
            certificate_ref=fact.fields["certificate_ref"], event=fact.event,
        )
        for fact in found
    )  # fmt: skip


def because_of(register: Register, subject: Subject, answering: Answering, facts: Sequence[Fact]) -> Becauses:
    """Says because of what something was called for."""

    def because(of: Obligation | None, at: int) -> Because:
        published = _statement_with(register.rules, subject.controller, of.rule, at) if of is not None else None
        ref = of.request_ref if of is not None else None
        receipts = [fact for fact in facts if fact.type == "RequestReceived" and fact.fields["request_ref"] == ref]
        answers = [fact for fact in facts if fact.type == "RequestAnswered" and fact.fields["request_ref"] == ref and not is_extension(fact)]
        return Because(
            rule=None if of is None else of.rule,
            statute=None if of is None or published is None else _statute(published.policy, of.rule),
            statement=published.policy.title if published else None,
            version=published.policy.version if published else None,
            policy=register.event(published.event_id) if published else None,
            request_ref=ref,
            received_at=receipts[0].fields["occurred_at"] if receipts and ref else None,
            received=receipts[0].event if receipts and ref else None,
            outcome=answers[-1].fields["outcome"] if answers and ref else None,
            answered=answers[-1].event if answers and ref else None,
            rests_on=() if of is None else tuple(answering.event(event_id) for event_id in of.rests_on),
        )

    return because


def _statement_with(rules: Rules, controller: str, rule: str, at: int) -> PolicyInForce | None:
    """The latest version by then that has this rule; a later one when only that has it; None when it is the law's alone."""
    versions = rules.policies.get(controller, ())
    having = [each for each in versions if rule in {*(one.id for one in each.policy.retention), *(one.id for one in each.policy.duties)}]
    by_then = [each for each in having if each.in_force_from <= at]
    return by_then[-1] if by_then else having[0] if having else None


def _statute(policy: Policy, rule: str) -> str | None:
    return next((each.statute for each in policy.retention if each.id == rule), None)


def _role(subject: Subject, key: Key) -> Term | None:
    holding = next((each for each in subject.holdings.values() if each.key == key), None)
    return None if holding is None or holding.attributes.role is None else term("recipient_roles", holding.attributes.role)


def left_lines(
    known: Known, answering: Answering, facts: Sequence[Fact], now: int, request_ref: str | None
) -> tuple[Left, ...]:
    """What is still held: of what a request asked for, or of everything; what was erased and came back is held too."""
    subject = known.subject
    request = None if request_ref is None else subject.requests[request_ref]
    held = [each for each in subject.holdings.values() if each.categories]
    if request is not None:
        held = [each for each in held if any(request.asks_for(category, since.at) for category, since in each.categories.items())]
    lines = []
    for holding in sorted(held, key=lambda each: (each.key[0] != subject.controller, repr(each.key))):
        standing = {
            ref for ref, hold in subject.holds.items()
            if any(p.stands_at(now) and p.covers(holding.key, category) for p in hold.periods() for category in holding.categories)
        }  # fmt: skip
        refusals = tuple(_refusals(known, facts, holding, now, request_ref))
        shown = answering.holding(holding)
        reason = (
            "HELD" if standing
            else "REFUSED" if any(each.stands for each in refusals)
            else "TERM" if shown.until is not None
            else "WAITS" if shown.why.rule is not None
            else "NO_TERM"
        )  # fmt: skip
        holds = tuple(each for each in answering.holds() if each.hold_ref in standing)
        lines.append(Left(reason=reason, holding=shown, refusals=refusals, holds=holds))
    return tuple(lines)


def _refusals(known: Known, facts: Sequence[Fact], holding: Holding, now: int, only: str | None) -> Iterator[Refused]:
    """The entries of the latest final answer of each request for erasure that name a holding."""
    for ref, request in sorted(known.subject.requests.items()):
        if request.right != "ERASURE" or only not in (None, ref):
            continue
        answers = [fact for fact in facts if fact.type == "RequestAnswered" and fact.fields["request_ref"] == ref and not is_extension(fact)]
        for entry in answers[-1].fields["reasons"] if answers else ():
            named = zip(("store", "purpose", "ref"), holding.key[1:4], strict=True)
            if entry["holder"] == holding.key[0] and all(entry[name] in (None, value) for name, value in named):
                stands = is_refused(known.subject, request, holding, known.rules, now)
                yield Refused(request_ref=ref, refusal=refusal_of(entry), stands=stands, answered=answers[-1].event)
