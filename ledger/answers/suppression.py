"""Whom no campaign may reach any more, who of them is on no list, and every use of that list for something else. Reads all holdings once, and the
objections and consents of all people.

Source: docs/answers.md, "Suppression"; GDPR Art. 21(3); MD-22.
"""

from __future__ import annotations

from typing import Final

from ledger.answers.asking import Asking, Snapshot
from ledger.answers.choices import Choices, choices, objecting_unlisted
from ledger.answers.cursors import page
from ledger.answers.mixes import Sum, events_of, read_mixes
from ledger.answers.presentation import terms
from ledger.answers.shapes_rights import SuppressionAnswer, SuppressionLine
from ledger.answers.violations import SHAPE, all_counts, newest
from ledger.core.withstanding import SUPPRESSION

ENTRY: Final = "ledger:SuppressionEntry"


def suppression(asking: Asking, controller: str | None, limit: int, after: str | None = None) -> SuppressionAnswer:
    """Say whom no campaign of each controller may reach, and how its list was used for anything else. limit: of single people, and of uses.

    Raises: CursorError.
    """
    with asking.snapshot() as seen:
        cursors = seen.cursors("suppression", ("si", SHAPE), controller)
        gaps_after, uses_after = cursors.read(after)
        sums: dict[str, Sum] = {}
        for mix in read_mixes(seen, controller):
            if mix.purpose == SUPPRESSION and mix.received_from is None and mix.categories:
                one = sums.setdefault(mix.controller, Sum())
                one.add(mix)
                one.values.setdefault("stores", set()).update([mix.store] if mix.store else [])
        promises = _promises(seen, controller)
        counts = [each for promise in promises for each in all_counts(seen, controller, promise)]
        found, uses_on = newest(seen, controller, promises, limit, uses_after)
        people: dict[str, int] = dict(seen.store.people_of_purpose(controller, SUPPRESSION))
        chosen = choices(seen, controller)
        keeping = _keeping(seen, controller)
        owners = sorted({*sums, *(each.controller for each in counts), *(owner for owner, each in chosen.items() if each.sums)})
        objecting = objecting_unlisted(seen, keeping, (chosen[owner] for owner in keeping if owner in chosen), limit + 1, gaps_after)
        unlisted, gaps_on = page(objecting, limit)
        why = {owner: chosen.setdefault(owner, Choices()).lines(seen) for owner in owners}
        events = events_of(seen, [sums.setdefault(owner, Sum()).places for owner in owners])
    lines = [
        SuppressionLine(
            controller=owner,
            people=people.get(owner, 0) + chosen[owner].barred_unlisted,
            subjects=people.get(owner, 0),
            objecting=chosen[owner].objecting,
            consent_ended=chosen[owner].consent_ended,
            unlisted=chosen[owner].unlisted,
            promises=keeping.get(owner, ()),
            choices=why[owner],
            holdings=sums[owner].holdings,
            categories=terms("categories", sorted(sums[owner].categories)),
            stores=tuple(sorted(sums[owner].values.get("stores", ()))),
            oldest_since=sums[owner].since,
            broken=tuple(each for each in counts if each.controller == owner),
            rests_on=rests_on,
            more=sums[owner].more(),
        )
        for owner, rests_on in zip(owners, events, strict=True)
    ]
    return SuppressionAnswer(
        controller=controller,
        lists=tuple(lines),
        gaps=unlisted,
        violations=found,
        more=(gaps_on, uses_on) != (None, None),
        next=cursors.write(gaps_on, uses_on),
        freshness=seen.freshness(),
    )


def _keeping(seen: Snapshot, controller: str | None) -> dict[str, tuple[str, ...]]:
    """The controllers whose statement in force keeps such a list, and the promises that say so."""
    found = {}
    for owner, published in seen.in_force(controller).items():
        activities = published.policy.activities.values()
        if promises := tuple(promise for each in activities if SUPPRESSION in each.purposes for promise in each.promises):
            found[owner] = promises
    return found


def _promises(seen: Snapshot, controller: str | None) -> list[str]:
    """The ids under which the policies, of any version, keep the list from other use."""
    versions = seen.register().rules.policies
    return sorted(
        {
            rule.id
            for owner, published in versions.items()
            if controller in (None, owner)
            for each in published
            for rule in each.policy.prohibitions
            if ENTRY in rule.scope.categories
        }
    )
