"""What withstands a request for erasure: what a statute keeps, and the suppression list.

Pure. Source: docs/policies.md section 2, docs/duties.md section 3; GDPR Art. 17(3)(b), 21(3); promises MD-21, MD-22, SO-03.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from ledger.core.calendar import DUTCH_ZONE
from ledger.core.retention import due_of, rule_of
from ledger.core.retention_rule import RetentionRule
from ledger.core.rules import Rules
from ledger.core.state import Holding
from ledger.core.subject import Subject

SUPPRESSION = "ledger:MarketingSuppression"
"""Whom no campaign may reach any more: to forget that would undo the objection, so an erasure request leaves it (GDPR Art. 21(3); MD-22)."""

INQUIRERS: Final = frozenset({"law_enforcement", "court", "government"})
"""Who gets data for an inquiry of its own: by GDPR Art. 4(9) no recipient; no request, correction or notice reaches it through the controller."""


def is_for_an_inquiry(holding: Holding) -> bool:
    """Whether who has it got it for an inquiry, by what the latest share says."""
    return holding.attributes.role in INQUIRERS


def rule_and_zone(subject: Subject, holding: Holding, rules: Rules) -> tuple[RetentionRule | None, tzinfo]:
    """The rule that covers a holding, and the legal time its terms run in."""
    published = rules.policy_at(subject.controller, holding.since)
    if published is None:
        return None, rules.zone_of(DUTCH_ZONE)
    return rule_of(subject, holding, published.policy), published.zone


def withstands(subject: Subject, holding: Holding, rule: RetentionRule | None, zone: tzinfo, now: int) -> bool:
    """Whether no request can ask for it: a statute keeps it (GDPR Art. 17(3)(b)), as a minimum until that is over, it is the suppression list, or
    an authority has it for an inquiry.
    """
    if holding.key[2] == SUPPRESSION:
        return True
    if is_for_an_inquiry(holding):
        return True
    if rule is None or not rule.withstands_requests or rule.kept != "at_least":
        return rule is not None and rule.withstands_requests
    found = due_of(subject, holding, rule, zone)
    return found is None or found[0] > now
