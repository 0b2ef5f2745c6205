"""What `ledger doctor` finds, in the language of the page: said from its key and its parts.

What has no words yet is said in the English of the command line, and marked as such; a test finds it. Pure. Sources: ledger/doctoring/sayings.py;
docs/answers.md section 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, cast

from ledger.contract.term_names import Language
from ledger.doctoring.checks import Finding
from ledger.doctoring.sayings import SAYINGS, is_of_one, sentence
from ledger.web.pages.labels import label, words

NAMES: Final[Mapping[str, str]] = {
    "check": "check", "checks": "noted", "disk": "disk", "duties": "duty", "idle": "leads", "key": "key_of", "led": "leads", "letters": "letter",
    "mismatches": "differs", "mode": "ledger",
}  # fmt: skip
"""The parts that are words of ours -> the group of words.json that names them; all others are names that stand for themselves."""


class Said(NamedTuple):
    """One line of the page. language: in which said and remedy are."""

    name: str
    verdict: str
    said: str
    remedy: str
    runbook: str
    language: str


def said_of(finding: Finding, language: str) -> Said:
    """A finding as the page tells it."""
    saying = SAYINGS.get(finding.key)
    key = f"doctor_{finding.key}"
    if saying is None or key not in words():
        return Said(finding.name, finding.verdict, finding.said, finding.remedy, finding.runbook, "en")
    said = _told(f"{key}_one" if is_of_one(saying, finding.parts) else key, finding, language)
    remedy = _told(f"mend_{finding.key}", finding, language) if finding.remedy else ""
    return Said(finding.name, finding.verdict, said, remedy, finding.runbook, language)


def _told(key: str, finding: Finding, language: str) -> str:
    def called(part: str, value: str) -> str:
        return label(NAMES[part], value, cast(Language, language)) if part in NAMES else value

    return sentence(words()[key][language], finding.parts, language, lambda clause: words()[f"clause_{clause}"][language], called)
