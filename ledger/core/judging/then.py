"""What was so at the moment of a fact, when something later is known already.

Pure. The state holds what is so now; nearly every question about an earlier moment is answered by it all the same, because nothing that bears on it
came later. Where something did, the needs raise `NeedsHistory`, and the subject is made again from its own facts up to that moment. Source:
docs/judging.md section 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ledger.core.customer import keep_earlier
from ledger.core.holdings import NeedsHistory, acquire, attributes_of, collected_keys, erase, scope_of, shared_keys
from ledger.core.ids import HoldingKey
from ledger.core.state import Evidence, Holding
from ledger.core.subject import Subject

Moment = tuple[int, bytes]
"""(at, event_id): of two things at one instant the smaller id counts as the earlier."""


def is_before(evidence: Evidence, moment: Moment) -> bool:
    """Whether it happened before the moment."""
    return (evidence[0], evidence[1]) < moment


def held(holding: Holding, category: str, moment: Moment) -> bool:
    """Whether the holding had this category then.

    Raises:
        NeedsHistory: it was acquired again, or erased, since.
    """
    first = holding.categories.get(category)
    if first is not None:
        if first.at <= moment[0]:
            return True
        raise NeedsHistory  # acquired for the first time since, or erased before that and acquired again
    erased_at = holding.erased.get(category)
    if erased_at is not None and erased_at > moment[0]:
        raise NeedsHistory
    return False


def subject_then(subject: Subject, history: Iterable[tuple[int, str, dict[str, Any]]], moment: Moment) -> Subject:
    """The subject with its holdings and milestones from its facts before the moment; the lists that hold all their steps are those of now.

    history: (offset, type, fields), any order.

    Data counts by the instant alone: it was held, or gone, at the moment itself. The fact of the moment is left out.
    """
    then = Subject(subject.controller, subject.subject_ref, subject.message_key, subject.subject_id)
    steps = [
        (Evidence(fields["occurred_at"], fields["event_id"], offset), type_name, fields)
        for offset, type_name, fields in history
        if type_name in MOVES and _counts(type_name, fields, moment)
    ]
    for evidence, type_name, fields in sorted(steps, key=lambda step: step[0]):
        MOVES[type_name](then, fields, evidence)
    then.notices, then.disclosures, then.consents = subject.notices, subject.disclosures, subject.consents
    then.objections, then.requests, then.uses = subject.objections, subject.requests, subject.uses
    then.asked, then.refused = subject.asked, subject.refused
    then.holds, then.rectified = subject.holds, subject.rectified
    return then


def _counts(type_name: str, fields: dict[str, Any], moment: Moment) -> bool:
    at, event_id = fields["occurred_at"], fields["event_id"]
    if type_name == "MilestoneReached" and fields["kind"] != "LOGGED_IN":
        return (at, event_id) < moment
    return bool(at <= moment[0] and event_id != moment[1])


def _acquire(subject: Subject, type_name: str, keys: list[HoldingKey], fields: dict[str, Any], evidence: Evidence) -> None:
    for key in keys:
        acquire(subject, key, fields["categories"], evidence, attributes_of(type_name, fields))


def _milestone(subject: Subject, fields: dict[str, Any], evidence: Evidence) -> None:
    key = (fields["kind"], fields["ref"])
    if key in subject.milestones:
        keep_earlier(subject, *key, subject.milestones[key].at)
    subject.reach(*key, evidence)


MOVES: dict[str, Callable[[Subject, dict[str, Any], Evidence], object]] = {
    "DataCollected": lambda subject, fields, evidence: _acquire(subject, "DataCollected", collected_keys(fields), fields, evidence),
    "DataShared": lambda subject, fields, evidence: _acquire(subject, "DataShared", shared_keys(fields), fields, evidence),
    "DataErased": lambda subject, fields, evidence: erase(subject, scope_of(fields), evidence),
    "MilestoneReached": _milestone,
}
"""What changes who holds what, and the milestones, by type: called in order of happening."""
