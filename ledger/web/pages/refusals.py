"""Why a form was refused, in the language of the page: the rule that a field breaks, said in words for whoever fills it in.

A rule of the contract comes as an English sentence with a code (the API answers with the sentence): its words are those of the code, and a test finds
a code without words and words without a code. What has no code is told as it is, marked as English. Pure. Must never repeat a value. Sources:
ledger/contract/broken_rules.py; WCAG 2.2, 3.1.2 and 3.3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ledger.contract.broken_rules import Hint, Rule
from ledger.contract.term_names import Language
from ledger.web.pages.labels import label, words


class Refusal(NamedTuple):
    """Why, and what helps. language: in which they are; hint: may be empty."""

    why: str
    hint: str
    language: str


def refusal(problem: Mapping[str, Any], language: Language) -> Refusal:
    """What a problem with a form says. problem: its members."""
    rule, hint = problem.get("rule"), problem.get("hint") or ""
    if problem.get("field") is None:
        key = "refused_clock" if problem.get("event_id") and problem["status"] == 422 else f"problem_{problem['status']}"
        return Refusal(words()[key][language] if key in words() else problem["detail"], "", language if key in words() else "en")
    if not isinstance(rule, Rule):
        return Refusal(rule or problem["detail"], hint, "en")
    return Refusal(said_of(rule, language), hint_of(hint, language), language)


def said_of(rule: Rule, language: Language) -> str:
    """A rule of the contract in words. What a value looks like, its `kind`, is named by the group `looks_like`."""
    named = {name: label("looks_like", value, language) for name, value in rule.about.items()}
    where = "".join(f"{label('field', field, language)}: " for field in rule.fields)
    return where + words()[f"refused_{rule.code}"][language].format(**named)


def hint_of(hint: str, language: Language) -> str:
    """A hint in words; empty: there is none, or none that a form needs."""
    return words()[f"hint_{hint.code}"][language].format(**hint.about) if isinstance(hint, Hint) else ""
