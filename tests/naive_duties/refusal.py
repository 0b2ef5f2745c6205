"""What an answer lets stay, and until when (docs/duties.md section 3)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tests.naive_duties import terms
from tests.naive_duties.dutch_calendar import after, moment_of, year_end
from tests.naive_duties.holdings import Key, acquisitions, held
from tests.naive_duties.holds import covers, placings
from tests.naive_duties.requests import IDENTIFIED, final_answer
from tests.naive_duties.view import Fields, View

SUPPRESSION = "ledger:MarketingSuppression"
LAW_DEMANDS = ("ledger:StatutoryTerm", "eu-gdpr:JustificationA17LegallyRequired")
CONTRACTS = {"SERVICE_STARTED": "SERVICE_ENDED", "CONTRACT_STARTED": "CONTRACT_ENDED", "ACCOUNT_OPENED": "ACCOUNT_CLOSED"}
MORE_TIME = ("eu-gdpr:JustificationA12Complexity", "eu-gdpr:JustificationA12HighVolume")
NEVER, FOR_EVER = -(2**63), 2**63


class End(NamedTuple):
    """When an entry ends: NEVER where it lets nothing stay, FOR_EVER where nothing ends it. is_a_fact: something that happened has ended it."""

    at: int
    is_a_fact: bool = False


def is_refused(view: View, ref: str, key: Key) -> bool:
    """Whether the request's answer says, with a reason that holds, that this holding stays."""
    return any(not end.is_a_fact and end.at > view.time for end in ends(view, ref, key))


def was_refused(view: View, ref: str, key: Key, at: int) -> bool:
    """Whether it lets it stay at a moment."""
    return any(end.at > at for end in ends(view, ref, key))


def asked_since(view: View, receipt: Fields, key: Key) -> int:
    """The receipt, or the end of what let it stay."""
    return max([receipt["occurred_at"], *(end.at for end in ends(view, receipt["request_ref"], key) if end.at < FOR_EVER)])


def ends(view: View, ref: str, key: Key) -> list[End]:
    """Of each entry that names a holding."""
    answer = final_answer(view, ref)
    if answer is None or answer["outcome"] not in ("REFUSED", "PARTLY"):
        return []
    return [
        end_of_reason(view, answer, reason, key)
        for reason in answer["reasons"]
        if reason["holder"] == key.holder and all(reason[part] in (None, getattr(key, part)) for part in ("store", "purpose", "ref"))
    ]


def end_of_reason(view: View, answer: Fields, reason: Fields, key: Key) -> End:
    told = FOR_EVER if reason["until"] is None else int(reason["until"])
    if reason["reason"] in LAW_DEMANDS:
        return End(min(told, end_by_law(view, answer, reason, key)))
    if reason["reason"] == "ledger:ContractRuns":
        found = end_of_contract(view, reason["ref"])
    elif reason["reason"] == "ledger:LegalHold":
        found = end_of_hold(view, key)
    elif reason["reason"] == "eu-gdpr:JustificationA12IdentityFailure":
        known = [f for f in view.all("RequestReceived", request_ref=answer["request_ref"]) if f["identity_check"] in IDENTIFIED]
        found = End(known[0]["occurred_at"], True) if known else End(FOR_EVER)
    elif reason["reason"] in MORE_TIME or (reason["reason"] == "ledger:SuppressionList" and key.purpose != SUPPRESSION):
        found = End(NEVER)
    else:
        found = End(FOR_EVER)
    return End(min(told, found.at), found.is_a_fact)


def end_by_law(view: View, answer: Fields, reason: Fields, key: Key) -> int:
    policy = view.policy_at(answer["occurred_at"])
    if not policy.get("law"):
        return FOR_EVER
    statute, zone = policy["law"]["statutes"].get(reason["statute"]), policy["time_zone"]
    if statute is None or not holds_then(statute, answer["occurred_at"], zone) or not is_demanded(view, reason["statute"], policy, key):
        return NEVER
    if "term" not in statute:
        return FOR_EVER
    since = acquisitions(view)[key][-1]["occurred_at"]
    if reason["until"] is not None:
        since = max(since, min(f["occurred_at"] for f in view.all("RequestReceived", request_ref=answer["request_ref"])))
        counted = end_of_rule(view, reason["statute"], policy, key)
        if counted is not None:
            return counted
    end = after(since, statute["term"], zone)
    return year_end(end, zone) if statute.get("rounding") == "calendar_year_end" else end


def end_of_rule(view: View, statute: str, policy: Fields, key: Key) -> int | None:
    """When the term is over that the statement counts for this holding by that law, if it does."""
    got = acquisitions(view)[key]
    have = held(view, key, got)
    rule, of = terms.rule_of(view, key, got, have) if have else (None, {})
    if rule is None or not rule.get("statute") or oldest(policy, rule["statute"]) != oldest(policy, statute):
        return None
    return terms.due(view, key, got, rule, of)


def is_demanded(view: View, statute: str, policy: Fields, key: Key) -> bool:
    """Whether a law is about this data: the last collection names it, an activity has it for the purpose, or the term is of that law."""
    got = acquisitions(view)[key]
    have = held(view, key, got)
    rule, _ = terms.rule_of(view, key, got, have) if have else (None, None)
    named = {got[-1].get("statute"), (rule or {}).get("statute")}
    named |= {activity.get("statutes", {}).get(key.purpose) for activity in policy["activities"].values()}
    return bool({oldest(policy, name) for name in named if name} & {oldest(policy, statute)})


def oldest(policy: Fields, statute: str) -> str:
    """The statute whose place this one took, or that one's, back to the first."""
    before = policy["law"]["statutes"].get(statute, {}).get("follows")
    return oldest(policy, before) if before else statute


def holds_then(statute: Fields, moment: int, zone: str) -> bool:
    """Whether a statute was in force: from the first moment of its first day, until that of the day on which it no longer was."""
    first, until = (moment_of(datetime.fromisoformat(statute[day]), zone) if day in statute else None for day in ("from", "until"))
    return (first is None or first <= moment) and (until is None or moment < until)


def end_of_contract(view: View, ref: str | None) -> End:
    """While a service, a contract or an account runs, of that reference where there is one, nothing ends it; then the last end did."""
    told = [f for f in view.all("MilestoneReached") if ref is None or f["ref"] == ref]
    for start in told:
        how = CONTRACTS.get(start["kind"])
        if how and all(f["occurred_at"] < start["occurred_at"] for f in told if (f["kind"], f["ref"]) == (how, start["ref"])):
            return End(FOR_EVER)
    return End(max((f["occurred_at"] for f in told if f["kind"] in CONTRACTS.values()), default=NEVER), True)


def end_of_hold(view: View, key: Key) -> End:
    """When the first category that is held is covered by no legal hold any more."""
    found = []
    for category in held(view, key, acquisitions(view)[key]):
        legal = [hold for hold in placings(view) if hold["kind"] == "LEGAL_HOLD" and covers(hold, key, category)]
        standing = [FOR_EVER if hold["end"] is None else hold["end"] for hold in legal if not hold["is_over"]]
        if not legal:
            return End(NEVER)
        found.append(End(max(standing)) if standing else End(max(hold["end"] for hold in legal), True))
    return End(min((end.at for end in found), default=NEVER), any(end.is_a_fact for end in found))
