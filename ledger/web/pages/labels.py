"""What a term is called on a page, in Dutch or English: of a code list, of a fixed list of a schema, or of a group of words.json.

One function says it, `label`. Must never hide a term that has no label: it is spelt out, since old events and other people's policies stay readable.
Sources: schemas/vocabulary/*.json; the enums of schemas/*/v*.avsc; words.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from ledger.contract import vocabulary
from ledger.contract.term_names import Language, spelt, term_name
from ledger.exporting.labels import code_names, rule_names

GROUPS: Final[Mapping[str, str]] = {
    "AgreementState": "agreement", "BreachRisk": "risk", "ConsentState": "step", "DisclosureDecision": "decision", "ErasureAct": "erasure",
    "ErasureCause": "cause", "HoldKind": "hold", "IdentityCheck": "identity", "MilestoneKind": "milestone", "Necessity": "necessity",
    "NoticeDuty": "telling", "ObjectionState": "step", "ObligationKind": "duty", "Origin": "origin", "RequestOutcome": "outcome", "Right": "right",
    "Severity": "severity", "TimeMode": "mode",
}  # fmt: skip
"""The fixed lists of the schemas -> the group of words.json that names their values."""


def label(kind: str, value: str | None, language: Language) -> str:
    """The name of a term. kind: a code list (`purposes`), a fixed list of the schemas (`Right`), or a group of words (`right`, `broken`)."""
    if kind in vocabulary.KINDS and value is not None:
        return term_name(kind, value, language)
    said = words().get(f"{GROUPS.get(kind, kind)}_{value}")
    return said[language] if said is not None else "-" if value is None else spelt(value)


def anywhere(value: str, language: Language) -> str | None:
    """The name of a term of which it is not said which list it is of: a code list in the order of KINDS, or a milestone; None: no list has it.

    Occasions are left out: their codes are words that other things have as a name (`order`).
    """
    found = _kinds().get(value)
    return None if found is None else label(found, value, language)


@cache
def _kinds() -> Mapping[str, str]:
    found = {key.removeprefix("milestone_"): "milestone" for key in words() if key.startswith("milestone_")}
    for kind in reversed([each for each in vocabulary.KINDS if each != "occasions"]):
        found |= dict.fromkeys(vocabulary.terms(kind), kind)
    return found


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """key -> language -> text. Codes of our own (`right_ERASURE`) and the rules that an act can break (`broken_...`) are named where files for people
    need them too."""
    found: Mapping[str, Mapping[str, str]] = json.loads(files(__name__.rpartition(".")[0]).joinpath("words.json").read_text("utf-8"))
    codes = {f"{group}_{code}": said for group, named in code_names().items() for code, said in named.items()}
    return {**found, **codes, **{f"broken_{rule}": said for rule, said in rule_names().items()}}
