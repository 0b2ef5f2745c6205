"""What an answer lets stay: the holdings that an entry with a valid reason names, until that entry ends. Nothing else is refused.

Pure. Asked anew each time, by the law and the facts known then: a statement may become known after the answer. Source: docs/duties.md section 3;
GDPR Art. 12(4), 17(3); promises MD-21, MD-23, HH-16.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.core.calendar import add_term
from ledger.core.rules import PolicyInForce, Rules
from ledger.core.state import REFUSING, Holding, Request
from ledger.core.subject import Subject
from ledger.core.withstanding import rule_and_zone

DEMANDED_BY_LAW: Final = ("ledger:StatutoryTerm", "eu-gdpr:JustificationA17LegallyRequired")
"""Reasons that say that a law demands the data: it is to be named (GDPR Art. 12(4), 17(3)(b))."""


def is_refused(subject: Subject, request: Request, holding: Holding, rules: Rules, now: int) -> bool:
    """Whether the latest answer lets this holding stay at a time reached. Of several entries the one that lasts longest counts."""
    return any(until is None or until > now for until in _ends(subject, request, holding, rules))


def next_end_of_refusal(subject: Subject, rules: Rules, now: int) -> int | None:
    """When the next entry of a refusal ends by itself, after the time reached; or None."""
    ends = (
        until
        for ref in subject.refused
        for holding in subject.held.values()
        for until in _ends(subject, subject.requests[ref], holding, rules)
        if until is not None and until > now
    )
    return min(ends, default=None)


def _ends(subject: Subject, request: Request, holding: Holding, rules: Rules) -> Iterator[int | None]:
    """When each valid entry that names a holding ends; None: not by itself.

    A reason that rests on no law is one. A law must have been in force at the answer, and demand this data; where no end is told, its own
    term is: for each holding from its latest acquisition.
    """
    if request.outcome not in REFUSING or request.answered is None:
        return
    published = rules.policy_at(subject.controller, request.answered.at)
    law, key = None if published is None else published.law, holding.key
    for holder, store, purpose, ref, until, statute in request.reasons:
        if holder != key[0] or store not in (None, key[1]) or purpose not in (None, key[2]) or ref not in (None, key[3]):
            continue
        if statute is None or law is None or published is None:
            yield until
        elif law.statute_in_force(statute, request.answered.at) and _demands(statute, subject, holding, rules, published):
            term = law.terms.get(statute)
            yield add_term(holding.latest.at, term[0], published.zone, term[1]) if until is None and term is not None else until


def _demands(statute: str, subject: Subject, holding: Holding, rules: Rules, published: PolicyInForce) -> bool:
    """Whether a law demands this data: it was collected under that law, the statement declares it for the purpose, or counts its term by it."""
    rule, _ = rule_and_zone(subject, holding, rules)
    cited = {holding.attributes.statute, None if rule is None else rule.statute, *published.policy.statutes_for(holding.key[2])}
    return published.law is not None and any(published.law.is_same_statute(each, statute) for each in cited)
