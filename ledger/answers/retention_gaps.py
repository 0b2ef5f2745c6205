"""What is held without a term, or under one that will not start by itself: the gaps of the retention schedule.

Source: docs/answers.md, "Retention"; GDPR Art. 5(1)(e); MD-09, MD-10, HH-15, HH-22, SH-08, SH-11, SO-02, SO-04, SO-06.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.answers.asking import Snapshot
from ledger.answers.mixes import events_of
from ledger.answers.presentation import milestone, term, terms
from ledger.answers.shapes_register import GapLine
from ledger.answers.shapes_sharing import PromiseNote
from ledger.answers.terms_held import Group, Reason, Terms
from ledger.core.policy import Policy

EXAMPLES: Final = 3
Key = tuple[str, str | None, str | None, str, str | None, Reason, tuple[str, ...]]
"""(controller, activity, role, purpose, rule, reason, anchors that it waits for)."""


def gaps(
    seen: Snapshot, found: Iterable[Terms], policies: dict[str, Policy], silent: dict[str, tuple[PromiseNote, ...]]
) -> list[GapLine]:
    """The gaps of each controller, most first. Within the snapshot."""
    groups: dict[Key, Group] = {}
    for each in found:
        gap = each.gap(policies.get(each.controller))
        if gap is not None:
            groups.setdefault((each.controller, each.activity, each.role, each.purpose, each.rule, *gap), Group()).add(each)
    events = events_of(seen, [group.places for group in groups.values()])
    lines = [
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
            examples=tuple(sorted({each.example for each in group.found})[:EXAMPLES]),
            notes=_notes_about(policies.get(owner), silent.get(owner, ()), activity, role),
            rests_on=rests_on,
            more=group.more(),
        )
        for ((owner, activity, role, purpose, rule, reason, anchors), group), rests_on in zip(groups.items(), events, strict=True)
    ]
    return sorted(lines, key=_order)


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
