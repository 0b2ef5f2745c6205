"""What a term of a code list is called in a sentence or a table, in English or Dutch.

Pure: text in, text out. A label in English may explain its term instead of naming it; then the term itself is spelt out. A label in Dutch is always
a name. Source of the labels: `schemas/vocabulary/*.json`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from ledger.contract import vocabulary

Language = Literal["en", "nl"]

LABEL_CHARS_MAX = 24
"""A label that is longer, or that lists things, explains the term; a line of a table wants its name."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=8192)
def term_name(kind: str, value: str, language: Language = "en") -> str:
    """Name a term. One that no list has is spelt out: old events stay readable. Raises: CallerError, unknown kind."""
    known = vocabulary.terms(kind).get(value)
    if known is not None and language == "nl":
        return known.label_nl
    if known is None or kind == "recipient_roles":  # a role's label says what it does; its term is its name
        return spelt(value)
    is_name = len(known.label) <= LABEL_CHARS_MAX and not re.search(r"[,;]", known.label)
    return known.label if is_name or value.startswith("eu-gdpr:") else spelt(value)


def spelt(value: str) -> str:
    """`pd:PhysicalAddress` -> "physical address"; `SERVICE_ENDED` -> "service ended"; `IPAddress` -> "IP address"."""
    name = value.rpartition(":")[2]
    if name.isupper() or "_" in name:
        return name.replace("_", " ").lower()
    words = [word if len(word) > 1 and word.isupper() else word.lower() for word in _WORDS.findall(name)]
    return " ".join(words).replace("email", "e-mail") or value
