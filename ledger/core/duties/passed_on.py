"""What the controller has erased, or may only store, is passed on to who has it: one notice per recipient, until it is told or has it no more.

Pure. Looks at what is held and known alone, at the end of each record that can change it. Source: docs/duties.md section 8; GDPR Art. 19;
promises X-05, HH-15.
"""

from __future__ import annotations

from typing import Final

from ledger.core.calendar import add_term
from ledger.core.duty import Occasion
from ledger.core.erasing import is_called_for
from ledger.core.holdings import gone_by
from ledger.core.obligations import Step, raise_obligation, settle
from ledger.core.request_clock import zone_at
from ledger.core.state import Evidence, Holding
from ledger.core.subject import Subject
from ledger.core.withstanding import is_for_an_inquiry

ERASURE: Final = "erasure"
RESTRICTION: Final = "restriction"


def call_for_recipient_notices(subject: Subject, step: Step, only: str | None = None) -> None:
    """Raise or settle what recipients must be told of erasures and restrictions by the controller. only: this recipient."""
    if not subject.erasures and not subject.holds:
        return
    open_ones = [each for each in subject.open_duties("NOTIFY_RECIPIENT") if only in (None, each.holding[3])]
    gone, restricted = _gone(subject), _restricted(subject, step.time_reached)
    if not gone and not restricted and not open_ones:
        return
    theirs: dict[str, list[Holding]] = {}
    for holding in subject.held.values():
        if holding.key[0] != subject.controller and only in (None, holding.key[0]) and not is_for_an_inquiry(holding):
            theirs.setdefault(holding.key[0], []).append(holding)
    for recipient in sorted({*theirs, *(each.holding[3] or "" for each in open_ones)}):
        holdings = theirs.get(recipient, [])
        wanted = {c: cause for c, cause in gone.items() if any(_has(h, c, cause) and not is_called_for(subject, h, c, step) for h in holdings)}
        _call_for(subject, recipient, ERASURE, wanted, holdings, step)
        held = sorted({category for holding in holdings for category in holding.categories})
        wanted = {c: cause for c in held if (cause := _cause(restricted, c)) is not None and any(_has(h, c, cause) for h in holdings)}
        _call_for(subject, recipient, RESTRICTION, wanted, holdings, step)


def _call_for(subject: Subject, recipient: str, about: Occasion, known: dict[str, Evidence], holdings: list[Holding], step: Step) -> None:
    told = subject.told.get((recipient, about))
    wanted = {category: cause for category, cause in known.items() if told is None or told < cause.at}
    named: set[str] = set()
    for obligation in subject.open_duties("NOTIFY_RECIPIENT"):
        if obligation.holding[3] != recipient or obligation.about != about:
            continue
        if not wanted.keys().isdisjoint(obligation.categories):
            named.update(obligation.categories)
        elif (told is not None and told >= obligation.due_at) or not any(c in each.categories for each in holdings for c in obligation.categories):
            settle(subject, obligation, step, "MET")
        else:
            settle(subject, obligation, step, "CANCELLED", reason="not-due")
    new = sorted(wanted.keys() - named)
    if not new:
        return
    due_at = min(wanted[category].at for category in new)
    duty = step.rules.duty(subject.controller, due_at, about, "notify_recipient")
    if duty is None:
        return
    zone = zone_at(step.rules, subject.controller, due_at)
    overdue_at = add_term(max(due_at, step.at), step.rules.acts_within(subject.controller, due_at, duty), zone)
    raise_obligation(
        subject, step, "NOTIFY_RECIPIENT", (subject.controller, None, None, recipient, None), new, due_at=due_at, overdue_at=overdue_at,
        rule=duty.id, rests_on={wanted[category].event_id for category in new}, about=about,
    )  # fmt: skip


def _gone(subject: Subject) -> dict[str, Evidence]:
    """Category -> the latest erasure by the controller, of those that it had and holds for no purpose any more."""
    gone = gone_by(subject)
    if not gone:
        return gone
    own = [holding.categories for key, holding in subject.held.items() if key[0] == subject.controller]
    return {category: latest for category, latest in gone.items() if not any(category in held for held in own)}


def _restricted(subject: Subject, now: int) -> list[tuple[tuple[str, ...], Evidence]]:
    """(categories or () = all, the placing) of each restriction that stands (GDPR Art. 18)."""
    latest = (hold.steps[-1] for hold in subject.holds.values())
    return [(s.categories, s.evidence) for s in latest if not s.is_release and s.kind == "RESTRICTION" and (s.until is None or s.until > now)]


def _cause(restricted: list[tuple[tuple[str, ...], Evidence]], category: str) -> Evidence | None:
    return max((evidence for categories, evidence in restricted if not categories or category in categories), default=None)


def _has(holding: Holding, category: str, cause: Evidence) -> bool:
    """Whether the holder has it from before that."""
    return category in holding.categories and holding.categories[category].at <= cause.at
