"""Whether what a request asks for was done at all, when its answer says so.

Pure. Lenient: what came of it need not be all that was asked for, and what an open obligation asks for is not asked for here a second time. Source:
docs/judging.md section 4, `done`; GDPR Art. 5(2), 12(3), 16 to 21.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ledger.core.consent_end import ENDS, STANDS
from ledger.core.holdings import NeedsHistory
from ledger.core.judging.choices import latest
from ledger.core.judging.keeping import term_of
from ledger.core.judging.then import Moment, held
from ledger.core.rules import Rules
from ledger.core.state import Request
from ledger.core.subject import Subject

Look = Callable[[Rules, Subject, Request, int, Moment], bool]


def is_done(rules: Rules, subject: Subject, request: Request, moment: Moment) -> bool:
    """Whether something that the right asks for is known, at or after the receipt, or is so already; of other rights nothing can be seen.

    Raises:
        NeedsHistory: something that bears on it came later.
    """
    look = _LOOKS.get(request.right)
    return look is None or request.received is None or look(rules, subject, request, request.received.at, moment)


def _rectified(_: Rules, subject: Subject, __: Request, since: int, ___: Moment) -> bool:
    return any(by == subject.controller and evidence.at >= since for (by, _, _), evidence in subject.rectified.items())


def _objection(_: Rules, subject: Subject, __: Request, since: int, moment: Moment) -> bool:
    for changes in subject.objections.values():
        last = latest(changes, moment)
        if (last is not None and last[3] == "RAISED") or any(step[3] == "RAISED" and step[0] >= since for step in changes):
            return True
    return False


def _withdrawal(_: Rules, subject: Subject, __: Request, since: int, moment: Moment) -> bool:
    """Who has given no consent that is left has nothing to withdraw."""
    steps = [step for changes in subject.consents.values() for step in changes]
    stands = any((last := latest(changes, moment)) is not None and last[3] in STANDS for changes in subject.consents.values())
    return not stands or any(step[3] in ENDS and step[0] >= since for step in steps)


def _restriction(_: Rules, subject: Subject, __: Request, since: int, moment: Moment) -> bool:
    for hold in subject.holds.values():
        placed = [step for step in hold.steps if step.kind == "RESTRICTION" and not step.is_release]
        if any(step.at >= since for step in placed) or hold.stood(moment) in placed:
            return True
    return False


def _erasure(rules: Rules, subject: Subject, request: Request, since: int, moment: Moment) -> bool:
    """Whether something was erased, nothing is held, or an obligation asks for it, late by itself. Else all that was asked for stays: by law, or on
    hold, and no obligation tells anybody.
    """
    kept = False
    on_hold = [step for hold in subject.holds.values() if (step := hold.stood(moment)) is not None]
    for holding in subject.holdings.values():
        if holding.key[0] != subject.controller:
            continue
        asked = [c for c in {*holding.categories, *holding.erased} if held(holding, c, moment) and request.asks_for(c, holding.categories[c].at)]
        if asked:
            term = term_of(rules, subject, holding, moment)
            by_law = term is not None and term.rule.withstands_requests and (term.end is None or term.end > moment[0])
            if not by_law and not all(any(step.covers(holding.key, category) for step in on_hold) for category in asked):
                return True
            kept = True
    erased = [evidence.at for (by, *_), evidence in subject.erasures.items() if by == subject.controller]
    if kept and any(at > moment[0] for at in erased):
        raise NeedsHistory
    return not kept or any(at >= since for at in erased)


_LOOKS: Final[dict[str, Look]] = {
    "RECTIFICATION": _rectified,
    "OBJECTION": _objection,
    "CONSENT_WITHDRAWAL": _withdrawal,
    "RESTRICTION": _restriction,
    "ERASURE": _erasure,
}
SEEN: Final = frozenset(_LOOKS)
"""The rights of which it can be seen whether something was done; of others `done` judges nothing."""
