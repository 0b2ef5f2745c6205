"""What a fact does beyond what the policy declares: GDPR Art. 30, declared against observed. Pure. Source: docs/judging.md section 2."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.core.conditions import Act
from ledger.core.judging.look_ups import DUTIES
from ledger.core.policy import Policy

UNDECLARED = "X-04"
UNTOLD_GROUND = "GDPR-13"
"""The ground is to be told when the data is collected: Art. 13(1)(c)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One broken promise: its id, the rule that says so, and how bad (NOTE, WARNING, BREACH). Two are the same, whatever they rest on.

    because: ids of the events that decided it besides the act, in no order.
    """

    promise: str
    rule: str
    severity: str
    because: frozenset[bytes] = field(default=frozenset(), compare=False)


def undeclared(policy: Policy, act: Act, origin: str, legal_basis: str) -> list[Verdict]:
    """The verdicts on a collection or share; nothing for other acts. origin, legal_basis: of a collection."""
    if act.kind == "collect":
        return _collection(policy, act, origin, legal_basis)
    return _share(policy, act) if act.kind == "share" else []


def _collection(policy: Policy, act: Act, origin: str, legal_basis: str) -> list[Verdict]:
    declared = policy.activities.get(act.activity)
    if declared is None:
        return [Verdict(UNDECLARED, "undeclared-activity", "WARNING")]
    promise = _first(declared.promises)
    verdicts = []
    if not act.categories <= declared.categories:
        verdicts.append(Verdict(promise, "undeclared-category", "BREACH"))
    if not act.purposes <= declared.purposes:
        verdicts.append(Verdict(promise, "undeclared-purpose", "BREACH"))
    if declared.origins and origin != "UNKNOWN" and origin not in declared.origins:
        verdicts.append(Verdict(promise, "other-origin", "WARNING"))
    if legal_basis not in declared.legal_bases:
        verdicts.append(Verdict(UNTOLD_GROUND, "undeclared-legal-basis", "WARNING"))
    return verdicts + _store(policy, act, declared.country_of(act.store))


def _store(policy: Policy, act: Act, country: str | None) -> list[Verdict]:
    """On where it is kept. country: that of the store as it is declared, None when it is not."""
    if country is None:
        return [Verdict(UNDECLARED, "undeclared-store", "WARNING")]
    promised = any("declared_country" in each.needs and each.applies_to(act) for each in policy.conditions)  # then that promise is asked instead
    if act.country and act.country != country and not promised:
        return [Verdict(UNDECLARED, "store-in-other-country", "WARNING")]
    return []


def _share(policy: Policy, act: Act) -> list[Verdict]:
    declared = policy.recipients.get(act.role)
    if declared is None:
        return [Verdict(UNDECLARED, "undeclared-recipient-role", "WARNING")]
    promise = _first(declared.promises)
    verdicts = []
    if declared.purposes and not act.purposes <= declared.purposes:
        verdicts.append(Verdict(promise, "share-for-other-purpose", "BREACH"))
    if declared.categories and not act.categories <= declared.categories:
        verdicts.append(Verdict(promise, "share-of-other-category", "BREACH"))
    if declared.named and act.by_controller and act.recipient not in declared.named:
        verdicts.append(Verdict(promise, "share-with-unnamed-recipient", "BREACH"))
    if act.by_controller and not act.purposes <= DUTIES:  # what the law asks for it asks of whatever is there
        if not declared.purposes and not act.purposes <= policy.shared_for:
            verdicts.append(Verdict(UNDECLARED, "share-for-undeclared-purpose", "WARNING"))
        if not declared.categories and not act.categories <= policy.shared:
            verdicts.append(Verdict(UNDECLARED, "share-of-undeclared-category", "WARNING"))
    return verdicts


def _first(promises: tuple[str, ...]) -> str:
    return promises[0] if promises else UNDECLARED
