"""Why a form was refused, in the language of the page: the rule that a field breaks, said in words for whoever fills it in.

A rule of the contract is a sentence of its own in English (the answer of the API); each is known here by its form, and a test finds those that are
not. What is not known is told as it is, marked as English. Pure. Must never repeat a value. Sources: ledger/sdk/field_rules.py, validation.py,
envelope.py; ledger/contract/json_form.py; WCAG 2.2, 3.1.2 and 3.3.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ledger.contract.term_names import Language
from ledger.web.pages.labels import label, words

_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple((re.compile(pattern, re.DOTALL), key) for pattern, key in (
    (r"expected (?:a reference|an identifier|a term of the code list \w+), got what looks like (?P<kind>.+)", "personal"),
    (r"expected a term of the code list \w+, got an unknown one", "no_term"),
    (r"expected a token: .*", "no_token"),
    (r"expected a controller id without `/`.*", "slash"),
    (r"expected a subject's reference, got the word for .*", "own_word"),
    (r"expected a value, got none|expected [A-Za-z]+\.\w+, got none", "no_value"),
    (r"expected one of .*", "no_choice"),
    (r"expected why something stays, got nothing", "no_reason"),
    (r"expected a holder and a reason in each line, got one of them", "half_a_reason"),
    (r"expected a day and a time that exist, got something else|expected a time that exists", "no_moment"),
    (r"expected a person that this ledger knows, got another", "not_known"),
    (r"expected an? (?:RFC 3339 )?time(?: with offset|:).*", "no_time"),
    (r"expected a time between 1990 and 2200.*", "time_far"),
    (r"expected a time that has come on this ledger, got a later one", "time_later"),
    (r"expected at least one entry, got none", "no_entry"),
    (r"expected each entry once, got one again", "twice"),
    (r"expected at most \d+ bytes encoded, got \d+", "too_long"),
    (r"expected an alpha-2 code .*", "no_country"),
    (r"expected a BCP 47 language tag.*", "no_language"),
    (r"expected a domain extension .*", "no_extension"),
    (r"expected (?:a whole number from 0|an integer, got \w+)", "no_number"),
    (r"expected a UUID.*", "no_id"),
    (r"expected a compiled policy .*", "no_policy"),
    (r"expected (?:a mapping with |an object with )?only (?:the )?fields .*", "other_field"),
    (r"expected an emitter that has a vault.*", "no_vault"),
    (r"expected (?:none: |a role |of a look-up only |a subject and a controller|an event |the name of an event type).*", "other_form"),
    (r"expected (?:a SHA-256|a schema's name|text|a list|bytes|another type|a value of the field's type|\d+ bytes).*", "other_form"),
))  # fmt: skip
"""The form of a rule -> the end of its words `refused_...`. kind: what a value looks like, named by the group `looks_like`."""
_WITHIN: Final = re.compile(r"in (?P<field>\w+): (?P<rule>.*)", re.DOTALL)
_HINTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple((re.compile(pattern, re.DOTALL), key) for pattern, key in (
    (r"use an opaque reference .*|put it into `sealed`.*", "opaque"),
    (r"did you mean (?P<like>.+)\?", "did_you_mean"),
    (r"schemas/vocabulary/\w+\.json lists them|`ledger schema show.*|docs/emitting\.md lists them", ""),  # the form has the lists and the fields
    (r"name the person or dataset", ""),  # the rule says as much
    (r"check the clock of this machine; .*", "clock"),
    (r"Emitter\(\.\.\., vault=vault\).*|seal what is about the person elsewhere", ""),  # for who writes programs
    (r"give the time with its offset.*|leave event_id out .*", ""),  # nobody types these
))  # fmt: skip
"""The same of a hint: `hint_...`; empty: the form itself says it."""


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
    said = None if rule is None else said_of(rule, language)
    if said is None:
        return Refusal(rule or problem["detail"], hint, "en")
    return Refusal(said, hint_of(hint, language), language)


def said_of(rule: str, language: Language) -> str | None:
    """A rule of the contract in words; None: it is not known here."""
    within = _WITHIN.fullmatch(rule)
    if within is not None:
        said = said_of(within["rule"], language)
        return None if said is None else f"{label('field', within['field'], language)}: {said}"
    for form, key in _RULES:
        found = form.fullmatch(rule)
        if found is not None:
            named = {name: label("looks_like", value, language) for name, value in found.groupdict().items()}
            return words()[f"refused_{key}"][language].format(**named)
    return None


def hint_of(hint: str, language: Language) -> str:
    """A hint in words; empty: there is none, or none that a form needs."""
    for form, key in _HINTS:
        found = form.fullmatch(hint)
        if found is not None:
            return words()[f"hint_{key}"][language].format(**found.groupdict()) if key else ""
    return ""
