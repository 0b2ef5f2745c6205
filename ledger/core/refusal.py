"""What an answer lets stay: the holdings that an entry with a valid reason names, until that entry ends. Nothing else is refused.

Pure. Asked anew each time, by the law and the facts known then: a statement may become known after the answer. Source: docs/duties.md section 3;
GDPR Art. 12(2), 12(4), 17(3), 21(3); promises MD-21, MD-23, HH-16.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.core.calendar import add_term
from ledger.core.retention import due_of
from ledger.core.retention_rule import STARTS_OF
from ledger.core.rules import PolicyInForce, Rules
from ledger.core.state import REFUSING, Holding, Reason, Request
from ledger.core.subject import Subject
from ledger.core.withstanding import SUPPRESSION, rule_and_zone

DEMANDED_BY_LAW: Final = ("ledger:StatutoryTerm", "eu-gdpr:JustificationA17LegallyRequired")
"""Reasons that say that a law demands the data: it is to be named (GDPR Art. 12(4), 17(3)(b))."""
CONTRACT, HOLD, IDENTITY = "ledger:ContractRuns", "ledger:LegalHold", "eu-gdpr:JustificationA12IdentityFailure"
MORE_TIME: Final = ("eu-gdpr:JustificationA12Complexity", "eu-gdpr:JustificationA12HighVolume")
"""Why an answer takes longer (GDPR Art. 12(3)): they let nothing stay."""
SEEN: Final = (CONTRACT, HOLD, IDENTITY, "ledger:SuppressionList", *MORE_TIME)
"""Reasons of which the facts, or what they say themselves, tell whether they let stay, and since when no more."""
LEGAL_HOLD: Final = "LEGAL_HOLD"
CONTRACT_ENDS: Final = ("SERVICE_ENDED", "CONTRACT_ENDED", "ACCOUNT_CLOSED")
CONTRACT_KINDS: Final = frozenset(CONTRACT_ENDS).union(*(STARTS_OF[kind] for kind in CONTRACT_ENDS))


class End(NamedTuple):
    """When an entry ends; at None: not by itself. is_over: what it waited for has happened, whatever the time reached."""

    at: int | None
    is_over: bool = False


def is_refused(subject: Subject, request: Request, holding: Holding, rules: Rules, now: int) -> bool:
    """Whether the latest answer lets this holding stay at a time reached. Of several entries the one that lasts longest counts."""
    return any(not end.is_over and (end.at is None or end.at > now) for end in _ends(subject, request, holding, rules))


def was_refused(subject: Subject, request: Request, holding: Holding, rules: Rules, at: int) -> bool:
    """Whether it lets this holding stay at that moment, by what is known now."""
    return any(end.at is None or end.at > at for end in _ends(subject, request, holding, rules))


def asked_since(subject: Subject, request: Request, holding: Holding, rules: Rules) -> int:
    """Since when a request asks for a holding that is not refused: its receipt, or the end of what let it stay."""
    ends = [end.at for end in _ends(subject, request, holding, rules) if end.at is not None]
    return max(ends if request.received is None else [request.received.at, *ends])


def next_end_of_refusal(subject: Subject, rules: Rules, now: int) -> int | None:
    """When the next entry of a refusal ends by itself, after the time reached; or None."""
    ends = (
        end.at
        for ref in subject.refused
        for holding in subject.held.values()
        for end in _ends(subject, subject.requests[ref], holding, rules)
        if end.at is not None and end.at > now
    )
    return min(ends, default=None)


def waits_for_a_contract(subject: Subject) -> bool:
    """Whether some answer lets something stay while a contract runs."""
    return any(reason.seen == CONTRACT for ref in subject.refused for reason in subject.requests[ref].reasons)


def _ends(subject: Subject, request: Request, holding: Holding, rules: Rules) -> Iterator[End]:
    """When each valid entry that names a holding ends: at its `until`, or sooner, as the law or the facts say."""
    if request.outcome not in REFUSING or request.answered is None:
        return
    for reason in request.reasons:
        if reason.names(holding.key):
            by_law = reason.statute is not None
            end = _by_law(subject, request, holding, rules, reason) if by_law else _by_facts(subject, request, holding, reason)
            if end is not None:
                yield end if reason.until is None else End(reason.until if end.at is None else min(end.at, reason.until), end.is_over)


def _by_law(subject: Subject, request: Request, holding: Holding, rules: Rules, reason: Reason) -> End | None:
    """When a law demands a holding no more; None: it does not demand it. The law must have been in force at the answer.

    Its term counts from the latest acquisition; where an end is told, from the receipt of the request if that is later: answering again makes no law
    ask for more. Where a rule counts the term of that law for this holding, the statement has said itself from when it counts.
    """
    answered = request.answered or holding.latest
    asked = answered if request.received is None else request.received
    published = rules.policy_at(subject.controller, answered.at)
    law, statute = None if published is None else published.law, reason.statute or ""
    if published is None or law is None:
        return End(None)
    rule, zone = rule_and_zone(subject, holding, rules)
    of_rule = None if rule is None else rule.statute
    if not law.statute_in_force(statute, answered.at) or not _demands(statute, of_rule, holding, published):
        return None
    term = law.terms.get(statute)
    if term is None:
        return End(None)
    if reason.until is None:
        return End(add_term(holding.latest.at, term[0], published.zone, term[1]))
    counted = due_of(subject, holding, rule, zone) if rule is not None and law.is_same_statute(of_rule, statute) else None
    return End(add_term(max(holding.latest.at, asked.at), term[0], published.zone, term[1]) if counted is None else counted[0])


def _demands(statute: str, of_rule: str | None, holding: Holding, published: PolicyInForce) -> bool:
    """Whether a law demands this data: it was collected under that law, the statement declares it for the purpose, or counts its term by it."""
    cited = {holding.attributes.statute, of_rule, *published.policy.statutes_for(holding.key[2])}
    return published.law is not None and any(published.law.is_same_statute(each, statute) for each in cited)


def _by_facts(subject: Subject, request: Request, holding: Holding, reason: Reason) -> End | None:
    """When the facts say that a reason holds no more; None: it never held. Of other reasons they say nothing."""
    if reason.seen is None:
        return End(None)
    if reason.seen == CONTRACT:
        return _end_of_contract(subject, reason.ref)
    if reason.seen == HOLD:
        return _end_of_hold(subject, holding)
    if reason.seen == IDENTITY:
        return End(None) if request.identified is None else End(request.identified.at, is_over=True)
    return None if reason.seen in MORE_TIME or holding.key[2] != SUPPRESSION else End(None)


def _end_of_contract(subject: Subject, ref: str | None) -> End | None:
    """When the last service, contract or account of the subject ended, or of that reference."""
    if any(subject.running.get(kind) if ref is None else ref in subject.running.get(kind, ()) for kind in CONTRACT_ENDS):
        return End(None)
    known = [subject.latest.get(kind) if ref is None else subject.milestones.get((kind, ref)) for kind in CONTRACT_ENDS]
    return max((End(ended.at, is_over=True) for ended in known if ended is not None), default=None)


def _end_of_hold(subject: Subject, holding: Holding) -> End | None:
    """Since when legal holds cover not all that is held there any more."""
    ends: list[End] = []
    legal = [period for period in subject.periods() if period.kind == LEGAL_HOLD]
    for category in holding.categories:
        found = [period for period in legal if period.covers(holding.key, category)]
        standing = [period.end for period in found if not period.is_over]
        if not found:
            return None
        if not standing:
            ends.append(End(max(period.end or 0 for period in found), is_over=True))
        elif None not in standing:
            ends.append(End(max(end or 0 for end in standing)))
    return End(min((end.at for end in ends if end.at is not None), default=None), any(end.is_over for end in ends))
