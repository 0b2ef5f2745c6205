"""How long what is kept: the schedule by rule, what no rule gives a term, what is past its date, what comes due next.

Reads all holdings once, or a tally and by index what waits, is called for or is held back.

Source: docs/answers.md, "Retention"; GDPR Art. 5(1)(e), 13(2)(a), 30(1)(f); MD-09, MD-10, HH-22.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.answers.answering import term_text
from ledger.answers.asking import Asking, Snapshot, event_at
from ledger.answers.due import DAY_MICROS, DUE_DAYS_AHEAD, due_lines
from ledger.answers.mixes import events_of
from ledger.answers.presentation import milestone, terms
from ledger.answers.retention_gaps import gaps
from ledger.answers.shapes import Event
from ledger.answers.shapes_register import GapsAnswer, OverrunLine, RetentionAnswer, ScheduleLine, ScheduleTerm
from ledger.answers.shapes_sharing import PromiseNote
from ledger.answers.stated import left_out
from ledger.answers.terms_held import Group, Terms, terms_held, terms_tallied
from ledger.core.policy import Policy
from ledger.core.retention_rule import RetentionRule
from ledger.core.rules import PolicyInForce


def retention(
    asking: Asking, controller: str | None, limit: int, after: str | None = None, *, with_facts: bool = True
) -> RetentionAnswer:
    """Say how long what is kept. limit, after: of the list of what comes due within 30 days and what is past due. Raises: CursorError.

    with_facts: else no more is read than what waits, is called for or is held back, and when the next of a rule is due and on which facts its
    holdings rest stay unsaid.
    """
    with asking.snapshot() as seen:
        in_force = seen.in_force(controller)
        policies = {owner: published.policy for owner, published in in_force.items()}
        silent, waiting = _silent(seen, in_force), terms_held(seen, controller, policies.values(), is_waiting=not with_facts)
        found = waiting if with_facts else terms_tallied(seen, controller, waiting)
        until = seen.time_reached + DUE_DAYS_AHEAD * DAY_MICROS if seen.time_reached else None
        cursors = seen.cursors("retention", ("ti",), controller)
        lines, goes_on = due_lines(seen, until, controller, limit, cursors.read(after)[0])
        schedule, without = _schedule(seen, found, in_force), gaps(seen, controller, waiting, policies, silent)
        overruns = [*_called_for(seen, controller), *_held_back(seen, found)]
    return RetentionAnswer(
        controller=controller,
        schedule=tuple(schedule),
        gaps=tuple(without),
        silent=tuple(note for notes in silent.values() for note in notes),
        overruns=tuple(sorted(overruns, key=lambda each: (-each.late_by_seconds, each.oldest_due_at, each.rule, each.state))),
        until=until,
        due=lines,
        more=goes_on is not None,
        next=cursors.write(goes_on),
        freshness=seen.freshness(),
    )


def gaps_alone(asking: Asking, controller: str | None) -> GapsAnswer:
    """Say what will get no date by itself, as `retention` does; of what has a date, or waits for a rule to be made, no more is read than is shown."""
    with asking.snapshot() as seen:
        in_force = seen.in_force(controller)
        policies = {owner: published.policy for owner, published in in_force.items()}
        found = terms_held(seen, controller, policies.values(), is_waiting=True)
        lines = gaps(seen, controller, found, policies, _silent(seen, in_force))
    return GapsAnswer(controller=controller, gaps=tuple(lines), freshness=seen.freshness())


def _silent(seen: Snapshot, in_force: dict[str, PolicyInForce]) -> dict[str, tuple[PromiseNote, ...]]:
    return {owner: left_out(seen.register(), published, statuses=frozenset({"silent"})) for owner, published in in_force.items()}


# -- the schedule


def _schedule(seen: Snapshot, found: Iterable[Terms], in_force: dict[str, PolicyInForce]) -> list[ScheduleLine]:
    """One line for each rule of the policies in force, in their order; then by name what still follows rules of earlier versions.

    A line of a policy in force rests on that policy, and on facts where something is held by it.
    """
    policies = {owner: published.policy for owner, published in in_force.items()}
    said = {owner: seen.register().event(published.event_id) for owner, published in in_force.items()}
    groups: dict[tuple[str, str, int | None], Group] = {}
    for owner, policy in policies.items():
        groups |= {(owner, rule.id, place): Group() for place, rule in enumerate(policy.retention) if _first_like(policy, rule) == place}
    for each in sorted(found, key=lambda each: (each.controller, each.rule or "")):
        if each.rule is not None:
            groups.setdefault((each.controller, each.rule, _place_of(each, policies.get(each.controller))), Group()).add(each)
    events = events_of(seen, [group.places for group in groups.values()])
    return [
        _line(owner, rule_id, (), group, policies.get(owner), rests_on)
        if place is None
        else _line(owner, rule_id, _alike(policies[owner], policies[owner].retention[place]), group, policies[owner], (said[owner], *rests_on))
        for ((owner, rule_id, place), group), rests_on in zip(groups.items(), events, strict=True)
    ]


def _place_of(each: Terms, policy: Policy | None) -> int | None:
    """Which rule of the policy in force it follows, of those alike the first; None when only an earlier version has it."""
    if policy is None:
        return None
    covers = (each.is_own, each.activity or "", each.role or "", each.purpose, frozenset(each.categories))
    return next(
        (place for place, rule in enumerate(policy.retention) if rule.id == each.rule and rule.covers(*covers, customer=bool(rule.customer))), None
    )


def _alike(policy: Policy, rule: RetentionRule) -> tuple[RetentionRule, ...]:
    """The rules of one promise that cover the same but for who was a customer: which of them a holding follows, its mix does not tell."""
    return tuple(other for other in policy.retention if _scope(other) == _scope(rule))


def _first_like(policy: Policy, rule: RetentionRule) -> int:
    return next(place for place, other in enumerate(policy.retention) if _scope(other) == _scope(rule))


def _scope(rule: RetentionRule) -> tuple[object, ...]:
    return rule.id, rule.holder, rule.activities, rule.roles, rule.purposes, rule.categories


def _line(
    owner: str, rule_id: str, alike: tuple[RetentionRule, ...], group: Group, policy: Policy | None, rests_on: tuple[Event, ...]
) -> ScheduleLine:
    rule = alike[0] if alike else None
    own = {each.is_own for each in group.found}
    return ScheduleLine(
        controller=owner,
        rule=rule_id,
        holder=rule.holder if rule else "controller" if own == {True} else "recipient",
        is_current=rule is not None,
        activities=tuple(sorted(rule.activities if rule else {each.activity for each in group.found if each.activity})),
        roles=tuple(sorted(rule.roles if rule else {each.role for each in group.found if each.role})),
        purposes=terms("purposes", sorted(rule.purposes if rule else {each.purpose for each in group.found})),
        categories=terms("categories", sorted(rule.categories if rule else ())),
        terms=tuple(
            ScheduleTerm(
                customer=each.customer, anchors=tuple(map(milestone, each.anchors)), mode=each.mode, per=each.per, term=term_text(each),
                statute=each.statute,
            )
            for each in alike
        ),
        holdings=group.count("holdings"),
        waiting=group.count("waiting"),
        never_starts=sum(each.waiting for each in group.found if each.gap(policy) is not None),
        called_for=group.count("called_for"),
        held_back=group.count("held_back"),
        next_due=min((each.next_due for each in group.found if each.next_due is not None), default=None),
        rests_on=rests_on,
        more=group.more(),
    )


# -- what is past its date


def _called_for(seen: Snapshot, controller: str | None) -> list[OverrunLine]:
    """What is called for and not done, by rule and state. It rests on what one of each partition rests on."""
    groups: dict[tuple[str, str, str], _Obligations] = {}
    for owner, rule, state, partition, number, subjects, due_at, overdue_at, rests_on in seen.store.erasures_unsettled(controller):
        one = groups.setdefault((owner, rule, state), _Obligations())
        one.add(number, subjects, due_at, max(0, seen.time_of(partition) - overdue_at) // 1_000_000)
        one.rests_on[partition] = rests_on
    wanted: dict[int, set[bytes]] = {}
    for one in groups.values():
        for partition, ids in one.rests_on.items():
            wanted.setdefault(partition, set()).update(ids)
    offsets = seen.offsets(wanted)
    return [
        OverrunLine(
            controller=owner, rule=rule, state=state, number=one.number, subjects=one.subjects, oldest_due_at=one.oldest_due,
            late_by_seconds=one.late_by_seconds,
            rests_on=tuple(event_at(place, offsets[place].get(each), each) for place, ids in sorted(one.rests_on.items()) for each in ids),
            more=one.number - len(one.rests_on),
        )
        for (owner, rule, state), one in groups.items()
    ]  # fmt: skip


@dataclass(slots=True)
class _Obligations:
    """Obligations of one rule and state, added up. A subject lives in one partition: theirs may be added."""

    number: int = 0
    subjects: int = 0
    oldest_due: int = 2**62
    late_by_seconds: int = 0
    rests_on: dict[int, tuple[bytes, ...]] = field(default_factory=dict)

    def add(self, number: int, subjects: int, due_at: int, late_by_seconds: int) -> None:
        self.number += number
        self.subjects += subjects
        self.oldest_due = min(self.oldest_due, due_at)
        self.late_by_seconds = max(self.late_by_seconds, late_by_seconds)


def _held_back(seen: Snapshot, found: Iterable[Terms]) -> list[OverrunLine]:
    """Whose date has come while a hold stands: nothing is called for."""
    groups: dict[tuple[str, str], Group] = {}
    for each in found:
        if each.held_back and each.rule is not None:
            groups.setdefault((each.controller, each.rule), Group()).add(each)
    events = events_of(seen, [group.places for group in groups.values()])
    return [
        OverrunLine(
            controller=owner, rule=rule, state="HELD_BACK", number=group.count("held_back"), subjects=None,
            oldest_due_at=min(each.held_back_since for each in group.found if each.held_back_since is not None), late_by_seconds=0,
            rests_on=rests_on, more=max(0, group.count("held_back") - len(rests_on)),
        )
        for ((owner, rule), group), rests_on in zip(groups.items(), events, strict=True)
    ]  # fmt: skip
