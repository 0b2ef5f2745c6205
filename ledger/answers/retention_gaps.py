"""What is held without a term, or under one that will not start by itself: the gaps of the retention schedule.

Source: docs/answers.md, "Retention"; GDPR Art. 5(1)(e); MD-09, MD-10, HH-15, HH-22, SH-08, SH-11, SO-02, SO-04, SO-06.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from ledger.answers.asking import Snapshot, event_at
from ledger.answers.mixes import events_of
from ledger.answers.presentation import milestone, term, terms
from ledger.answers.shapes_register import GapLine
from ledger.answers.shapes_sharing import PromiseNote
from ledger.answers.terms_held import Group, Reason, Terms
from ledger.core.delta import Row
from ledger.core.policy import Policy

EXAMPLES: Final = 3
Key = tuple[str, str | None, str | None, str, str | None, Reason, tuple[str, ...]]
"""(controller, activity, role, purpose, rule, reason, anchors that it waits for)."""


def gaps(
    seen: Snapshot, controller: str | None, found: Iterable[Terms], policies: dict[str, Policy], silent: dict[str, tuple[PromiseNote, ...]]
) -> list[GapLine]:
    """The gaps of each controller, most first. found: what waits under a rule, among others. Within the snapshot."""
    return sorted([*_without_rule(seen, controller, policies, silent), *_not_starting(seen, found, policies, silent)], key=_order)


def _without_rule(
    seen: Snapshot, controller: str | None, policies: dict[str, Policy], silent: dict[str, tuple[PromiseNote, ...]]
) -> Iterator[GapLine]:
    """What no rule covers: counted by the tally, with some of each as examples. Examples are the first by their place in lists (cursors.py)."""
    alike: dict[tuple[str, str | None, str | None, str], dict[int, tuple[int, tuple[str, ...]]]] = {}
    examples: dict[tuple[str, str | None, str | None, str], list[Row]] = {}
    for number, owner, activity, role, purpose, categories, holdings, *example in seen.store.without_rule(controller, EXAMPLES):
        alike.setdefault((owner, activity, role, purpose), {})[number] = (holdings, categories)
        examples.setdefault((owner, activity, role, purpose), []).append(tuple(example))
    for (owner, activity, role, purpose), of_number in alike.items():
        shown = sorted(examples[owner, activity, role, purpose])[:EXAMPLES]
        places = sorted({(partition, offset, event_id) for _, _, _, partition, offset, event_id in shown})
        holdings = sum(each for each, _ in of_number.values())
        yield GapLine(
            controller=owner,
            activity=activity,
            role=None if role is None else term("recipient_roles", role),
            purpose=term("purposes", purpose),
            rule=None,
            reason="NO_RULE",
            waits_for=(),
            categories=terms("categories", sorted({category for _, of_one in of_number.values() for category in of_one})),
            holdings=holdings,
            undated=holdings,
            examples=tuple(sorted({each[2] for each in shown})),
            notes=_notes_about(policies.get(owner), silent.get(owner, ()), activity, role),
            rests_on=tuple(event_at(*place) for place in places),
            more=max(0, holdings - len(places)),
        )


def _not_starting(
    seen: Snapshot, found: Iterable[Terms], policies: dict[str, Policy], silent: dict[str, tuple[PromiseNote, ...]]
) -> list[GapLine]:
    """What waits under a rule whose term will not start by itself."""
    groups: dict[Key, Group] = {}
    undated: Counter[tuple[str, str | None, str | None, str, str | None]] = Counter()
    for each in found:
        undated[each.controller, each.activity, each.role, each.purpose, each.rule] += each.waiting
        gap = None if each.rule is None else each.gap(policies.get(each.controller))
        if gap is not None:
            groups.setdefault((each.controller, each.activity, each.role, each.purpose, each.rule, *gap), Group()).add(each)
    events = events_of(seen, [group.places for group in groups.values()])
    return [
        GapLine(
            controller=owner,
            activity=activity,
            role=None if role is None else term("recipient_roles", role),
            purpose=term("purposes", purpose),
            rule=rule,
            reason=reason,
            waits_for=tuple(map(milestone, anchors)),
            categories=terms("categories", sorted({category for each in group.found for category in each.categories})),
            holdings=group.count("holdings"),
            undated=undated[owner, activity, role, purpose, rule],
            examples=tuple(sorted({each.example for each in group.found})[:EXAMPLES]),
            notes=_notes_about(policies.get(owner), silent.get(owner, ()), activity, role),
            rests_on=rests_on,
            more=group.more(),
        )
        for ((owner, activity, role, purpose, rule, reason, anchors), group), rests_on in zip(groups.items(), events, strict=True)
    ]


def _order(line: GapLine) -> tuple[object, ...]:
    return line.controller, -line.holdings, line.activity or "", repr(line.role), line.purpose, line.rule or "", line.reason, line.waits_for


def _notes_about(
    policy: Policy | None, silent: tuple[PromiseNote, ...], activity: str | None, role: str | None
) -> tuple[PromiseNote, ...]:
    """What the statement is silent on, among the promises of an activity or role."""
    if policy is None:
        return ()
    declared = policy.activities.get(activity or "") or policy.recipients.get(role or "")
    return tuple(note for note in silent if declared is not None and note.promise in declared.promises)
