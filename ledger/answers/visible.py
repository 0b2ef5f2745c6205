"""What of a person's history the person may see: everything but what an order keeps from them while it stands.

A disclosure whose notice is barred must not show in the person's own copy: not as a disclosure, and not by what it left behind (the recipient, its
holdings, look-ups for it, onward shares). So the copy is folded again from the facts without them. Every way out to the person goes through here: the
report, look-ups, what may be taken along, the page on oneself. Pure. Source: GDPR Art. 15(4), 23; SH-07.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from ledger.answers.disclosures import is_barred, notices_of
from ledger.answers.facts import Fact
from ledger.answers.shapes_subject import SubjectAnswer
from ledger.errors import CallerError

DISCLOSURE_PURPOSE: Final = "ledger:LegalDisclosure"
AUDIENCES: Final = ("subject", "officer")


class Shown(NamedTuple):
    """The facts that somebody may see, in the order given. is_whole: all of them."""

    facts: list[Fact]
    is_whole: bool


def is_officer(audience: str) -> bool:
    """Whether all may be shown. Raises: CallerError, an unknown audience."""
    if audience not in AUDIENCES:
        raise CallerError(f"cannot make the report: expected one for {' or '.join(AUDIENCES)}, got another", hint="--for subject")
    return audience == "officer"


def shown_to(audience: str, controller: str, facts: Sequence[Fact], now: int, barred: frozenset[str] = frozenset()) -> Shown:
    """What of a person's facts an audience may see at a time. facts: in order of happening. barred: disclosures that are hidden besides."""
    hidden = frozenset[str]() if is_officer(audience) else hidden_refs(facts, now) | barred
    return Shown(visible_facts(controller, facts, hidden), not hidden)


def own_copy(answer: SubjectAnswer) -> SubjectAnswer:
    """What the person may see of an answer that was made of visible facts: duties, verdicts and legal holds are for officers."""
    return replace(answer, obligations=(), violations=(), holds=tuple(hold for hold in answer.holds if hold.kind == "RESTRICTION"))


def hidden_refs(facts: Sequence[Fact], now: int) -> frozenset[str]:
    """The disclosures that the person may not learn of at a time: the latest decision bars it, and no notice of it was given all the same.

    facts: in order of happening.
    """
    decided: dict[str, Fact] = {}
    for fact in facts:
        if fact.type == "DisclosureDecided":
            decided[fact.fields["disclosure_ref"]] = fact
    told = {fact.fields["ref"] for fact in notices_of(facts, "disclosure")}
    return frozenset(ref for ref, fact in decided.items() if is_barred(fact, now) and ref not in told)


def visible_facts(controller: str, facts: Sequence[Fact], hidden: frozenset[str]) -> list[Fact]:
    """The facts that show nothing of the hidden disclosures, in the order given.

    Left out: what names one, what was caused by such a fact, look-ups and uses for a disclosure, what is by or about a holder that has data only by
    one, and what an answer to a request says of such a holder.
    """
    if not hidden:
        return list(facts)
    out: set[bytes] = set()
    gone: set[str] = set()
    while True:
        found = {fact.fields["event_id"] for fact in facts if _shows(fact, hidden, out, gone)}
        kept = [fact for fact in facts if fact.fields["event_id"] not in found]
        hidden_holders = _recipients(facts) - _recipients(kept) - {controller}
        if found == out and hidden_holders == gone:
            return [_without(fact, gone) for fact in kept]
        out, gone = found, hidden_holders


def _shows(fact: Fact, hidden: frozenset[str], out: set[bytes], gone: set[str]) -> bool:
    of = fact.fields
    names_it = any(isinstance(value, str) and value in hidden for value in of.values())
    for_it = fact.type in ("DataConsulted", "DataUsed") and of["purpose"] == DISCLOSURE_PURPOSE
    by_it = of.get("by") in gone or of.get("recipient") in gone or of.get("to") in gone
    return names_it or for_it or by_it or of["caused_by"] in out or of["event_id"] in out


def _recipients(facts: Iterable[Fact]) -> set[str]:
    return {fact.fields["recipient"] for fact in facts if fact.type == "DataShared"}


def _without(fact: Fact, gone: set[str]) -> Fact:
    if fact.type != "RequestAnswered" or not any(reason["holder"] in gone for reason in fact.fields["reasons"]):
        return fact
    reasons: list[dict[str, Any]] = [reason for reason in fact.fields["reasons"] if reason["holder"] not in gone]
    return fact._replace(fields=fact.fields | {"reasons": reasons})
