"""What was corrected is corrected by everybody who got it: one obligation per holding, until its holder says so or has it no more.

Who has it for an inquiry of its own is no recipient. Pure. Source: docs/duties.md section 4; GDPR Art. 4(9), 16, 19; promises X-05, MD-18, SH-03.
"""

from __future__ import annotations

from typing import Any

from ledger.core.calendar import add_term
from ledger.core.obligations import Step, raise_obligation, settle
from ledger.core.request_clock import zone_at
from ledger.core.state import Evidence, Holding
from ledger.core.subject import Subject
from ledger.core.withstanding import is_for_an_inquiry


def note_rectification(subject: Subject, fields: dict[str, Any], evidence: Evidence) -> None:
    """Remember who corrected what, the latest of each kind."""
    for category in fields["categories"] or (None,):
        key = (fields["by"], fields["ref"], category)
        known = subject.rectified.get(key)
        if known is None or known < evidence:
            subject.rectified[key] = evidence
            subject.note("rectified", *key, is_new=known is None)


def call_for_rectification(subject: Subject, holding: Holding, step: Step) -> None:
    """Raise or settle what a holder that is not the controller must correct in one holding."""
    if holding.key[0] == subject.controller:
        return
    wanted = {category: cause for category, held in holding.categories.items() if (cause := _cause(subject, holding, category, held)) is not None}
    asks_nothing = is_for_an_inquiry(holding)
    named: set[str] = set()
    for obligation in subject.open_duties("RECTIFY"):
        if obligation.holding == holding.key:
            if wanted.keys().isdisjoint(obligation.categories):
                settle(subject, obligation, step, "MET")
            elif asks_nothing:
                settle(subject, obligation, step, "CANCELLED", reason="not-due")
            else:
                named.update(obligation.categories)
    new = sorted(wanted.keys() - named)
    if not new or asks_nothing:
        return
    due_at = min(wanted[category].at for category in new)
    duty = step.rules.duty(subject.controller, due_at, "rectification", "rectify")
    if duty is None:
        return
    zone = zone_at(step.rules, subject.controller, due_at)
    overdue_at = add_term(max(due_at, step.at), step.rules.acts_within(subject.controller, due_at, duty), zone)
    raise_obligation(
        subject, step, "RECTIFY", holding.key, new, due_at=due_at, overdue_at=overdue_at, rule=duty.id,
        rests_on={wanted[category].event_id for category in new},
    )  # fmt: skip


def _cause(subject: Subject, holding: Holding, category: str, held: Evidence) -> Evidence | None:
    """The controller's latest rectification of this category that its holder has not followed yet, if any."""
    cause = _latest(subject, subject.controller, holding, category)
    if cause is None or cause.at < held.at:
        return None
    followed = _latest(subject, holding.key[0], holding, category)
    return cause if followed is None or followed.at < cause.at else None


def _latest(subject: Subject, by: str, holding: Holding, category: str) -> Evidence | None:
    kinds = ((by, ref, of) for ref in {None, holding.key[3]} for of in (None, category))
    return max((subject.rectified[kind] for kind in kinds if kind in subject.rectified), default=None)
