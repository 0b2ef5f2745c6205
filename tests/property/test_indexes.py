"""What a subject keeps beside its state to find things quickly says the same as one that is made again from its rows."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core import rows
from ledger.core.holdings import gone_by
from ledger.core.subject import Subject
from tests.duty_histories import lives
from tests.histories import Event, projecting, records
from tests.hoster_histories import HOSTERS
from tests.memory_projection import MemoryProjection


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(log=st.sampled_from(HOSTERS).flatmap(lives))
def test_indexes_kept_by_the_fold_are_those_of_the_state(log: list[Event]) -> None:
    store = MemoryProjection()
    fold = projecting(store)
    store.write(fold.project(records(log)))

    for subject in fold.subjects.values():
        found = store.load([subject.subject_id]).get(subject.subject_id)
        if found is not None:
            stored = rows.subject_of(
                subject.controller, subject.subject_ref, found.subject, found.holdings, found.obligations, found.entries
            )
            assert indexes(subject) == indexes(stored)


def indexes(subject: Subject) -> dict[str, Any]:
    """All of them, without what is empty and without an order that means nothing."""
    # An erasure of what is held again stays known until it is asked for anew: nobody looks at it meanwhile.
    own = {category for key, holding in subject.held.items() if key[0] == subject.controller for category in holding.categories}
    return {
        "held": set(subject.held),
        "reached": subject.reached,
        "latest": subject.latest,
        "running": {kind: refs for kind, refs in subject.running.items() if refs},
        "placed": {place: {holding.key for holding in found} for place, found in subject.placed.items()},
        "erased_by": {place: set(scopes) for place, scopes in subject.erased_by.items()},
        "open_erasures": {key: {each.obligation_id for each in found} for key, found in subject.open_erasures.items() if found},
        "open_others": {kind: set(found) for kind, found in subject.open_others.items() if found},
        "consent_steps": subject.consent_steps,
        "asked": {right: refs for right, refs in subject.asked.items() if refs and right in ("ERASURE", "PORTABILITY")},
        "refused": subject.refused,
        "gone": {category: latest for category, latest in gone_by(subject).items() if category not in own},
    }
