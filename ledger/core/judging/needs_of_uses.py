"""What a use needs, and a look-up and an onward share like it: the person's choices, and the purpose the data is held for.

Pure. Each answers for the moment of the fact; where the state cannot tell, it raises `NeedsHistory` and is asked again with the subject of then.
Source: docs/judging.md section 4, where each need has its row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, Final

from ledger.core.calendar import Duration, add_term
from ledger.core.conditions import Act, Cap, Terms
from ledger.core.customer import CUSTOMER_KINDS, customer_at
from ledger.core.holdings import NeedsHistory
from ledger.core.judging.asked import Asked
from ledger.core.judging.choices import consents, consents_on_some_channel, has_withdrawn, objecting
from ledger.core.judging.look_ups import DUTIES, is_for_its_purpose
from ledger.core.judging.then import Moment, held, is_before
from ledger.core.state import HoldStep

DEMANDED: Final[Terms] = frozenset({"ledger:LegalDisclosure", "dpv:LegalCompliance"})
"""What the law demands of whoever has the data, whatever it was given for (GDPR Art. 6(1)(c) and (4))."""


def consent(asked: Asked) -> str | None:
    if asked.act.kind == "collect":
        met = all(consents_on_some_channel(asked.subject, purpose, None, asked.moment) for purpose in purposes_of(asked))
        return None if met else "collection-without-consent"
    return None if _agrees(asked) else f"{asked.act.kind}-without-consent"


def _agrees(asked: Asked) -> bool:
    """Whether consent to a use or a share stands: of a share, which has no channel, on whichever."""
    purpose, channel, recipient, moment = _whereabouts(asked)
    if asked.act.kind == "share":
        return consents_on_some_channel(asked.subject, purpose, recipient, moment)
    return consents(asked.subject, purpose, channel, recipient, moment)


def not_withdrawn(asked: Asked) -> str | None:
    return f"{asked.act.kind}-after-withdrawal" if has_withdrawn(asked.subject, *_whereabouts(asked)) else None


def customer(asked: Asked) -> str | None:
    steps = (reached for kind in CUSTOMER_KINDS for reached in asked.subject.reached.get(kind, {}).values())
    if not all(is_before(reached, asked.moment) for reached in steps):
        raise NeedsHistory
    return None if customer_at(asked.subject, asked.moment[0]) else "use-for-non-customer"


def no_objection(asked: Asked) -> str | None:
    return _unopposed(asked, purposes_of(asked))


def no_objection_to(asked: Asked) -> str | None:
    """Of data that is there for what one may object to, whatever the act is called."""
    return _unopposed(asked, asked.condition.objections)


def _unopposed(asked: Asked, purposes: Terms) -> str | None:
    if any(True for _ in objections_to(asked, purposes)):
        return {"collect": "collection"}.get(asked.act.kind, asked.act.kind) + "-after-objection"
    return None


def objections_to(asked: Asked, purposes: Terms) -> Iterator[tuple[Any, ...]]:
    """The objections that stand against the act. A use whose channel is not told may have been on any."""
    channel = asked.act.channel or None
    on_any = channel is None and asked.act.kind == "use"
    for purpose in purposes:
        yield from objecting(asked.subject, purpose, channel, asked.moment, on_any=on_any)


def _whereabouts(asked: Asked) -> tuple[str, str | None, str | None, Moment]:
    """What a consent to a use or a share has to be about. A share has no channel."""
    fields = asked.fields
    return fields["purpose"], fields.get("channel"), fields["recipient"], asked.moment


def purposes_of(asked: Asked) -> Terms:
    """Of a collection for several purposes, those that the condition is about."""
    about = asked.condition.scope.purposes
    return asked.act.purposes & about if about else asked.act.purposes


def held_for_purpose(asked: Asked) -> str | None:
    purpose = asked.fields["purpose"]
    if asked.act.kind == "consult":
        for_it = is_for_its_purpose(asked.subject, purpose, asked.act.categories, asked.fields, asked.moment)
        return None if for_it else "look-up-for-other-purpose"
    if asked.act.kind == "share" and purpose in DEMANDED:
        return None
    by, is_own = asked.fields["by"], asked.act.by_controller
    if asked.act.kind == "use" and is_own and purpose in DUTIES:
        return None
    # Consent to another purpose is a ground of its own (GDPR Art. 6(4)); it puts nothing into the hoster's hands that has gone.
    agreed = is_own and _agrees(asked)
    holdings = [holding for key, holding in asked.subject.holdings.items() if key[0] == by and (agreed or key[2] == purpose)]
    for category in asked.act.categories:
        if not any(held(holding, category, asked.moment) for holding in holdings):
            return "passed-on-for-other-purpose" if asked.act.kind == "share" else "use-for-other-purpose"
    return None


def unrestricted(asked: Asked) -> str | None:
    if any(True for _ in restrictions_on(asked)) and consent(asked) is not None:
        return f"{asked.act.kind}-while-restricted"
    return None


def restrictions_on(asked: Asked) -> Iterator[HoldStep]:
    """The restrictions that stand on what is used. One of one store says nothing of data whose store a use or share does not tell."""
    for hold in asked.subject.holds.values():
        steps = [step for step in hold.steps if (step.at, step.event_id) < asked.moment]
        if not steps:
            continue
        step = steps[-1]  # in their order: at an equal moment a release comes last
        stands = not step.is_release and step.kind == "RESTRICTION" and (step.until is None or step.until > asked.moment[0])
        covers_it = step.store is None and (not step.categories or not asked.act.categories or not asked.act.categories.isdisjoint(step.categories))
        if stands and covers_it:
            yield step


def look_up_ref(field: str) -> Callable[[Asked], str | None]:
    return lambda asked: None if asked.fields[field] else "look-up-without-reason"


def too_many(asked: Asked, cap: Cap) -> bool:
    count = 1 + sum(1 for _ in sends_before(asked, cap))  # this one is not among the known uses yet
    return count > cap.count


def sends_before(asked: Asked, cap: Cap) -> Iterator[Moment]:
    """The uses that count towards a cap, before this one."""
    term, scope = cap.within, asked.condition.scope
    begin = add_term(asked.moment[0], Duration(-term.months, -term.days, -term.seconds), asked.published.zone)
    for purpose, uses in asked.subject.uses.items():
        for at, event_id, by, channel in uses[bisect_left(uses, (begin,)) :]:  # in order of happening: what is older than the term costs nothing
            act = Act("use", by == asked.subject.controller, frozenset((purpose,)), asked.act.categories, channel=channel or "")
            if begin < at and (at, event_id) < asked.moment and scope.covers(act):
                yield at, event_id
