"""What each string field of an event may hold: a term of its code list, a reference, an identifier, a code, a text.

The Avro type says that a field is a string; this says which strings. Must never know an event's meaning, and never give
back a value. Source: the attribute `terms` and the `doc` of each field in `schemas/`; no personal values in the log.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Final

from ledger.contract import vocabulary
from ledger.contract.broken_rules import BrokenRuleError, Hint, Rule, did_you_mean
from ledger.core.ids import REGISTER_REF
from ledger.sdk.countries import COUNTRIES
from ledger.sdk.personal_values import DOMAIN, NAME, is_domain_name, is_written_name, personal_kind

StringRule = Callable[[str], None]
"""Raises BrokenRuleError when the string may not stand in the field."""

TOKEN_LENGTH_MAX: Final = 128
_TOKEN: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:/-]{{0,{TOKEN_LENGTH_MAX - 1}}}", re.ASCII)
_TOKEN_RULE: Final = Rule(
    "no_token", f"expected a token: 1 to {TOKEN_LENGTH_MAX} letters, digits, `.`, `_`, `:`, `/`, `-`, starting with a letter or digit"
)
_OPAQUE_HINT: Final = Hint("opaque", "use an opaque reference such as order-2018-000417; what must stay readable goes into a sealed field")
_SHA_256: Final = Rule("other_form", "expected a SHA-256 in 64 hexadecimal digits")

# Names of organisations, systems and documents: chosen by the controller, so a domain name is allowed.
IDENTIFIERS: Final = frozenset(
    {
        *("source", "by", "recipient", "holder", "store", "activity", "statute", "product", "agreement", "authority"),
        *("method", "policy", "version", "notice_version"),
    }
)

TEXTS: Final = frozenset({"text", "compiled"})  # a published statement and its compiled form: public, so no personal value is looked for

_PATTERNS: Final[dict[str, tuple[re.Pattern[str], Rule]]] = {
    "language": (re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}"), Rule("no_language", "expected a BCP 47 language tag, such as nl")),
    "extensions": (
        re.compile(r"[a-z0-9-]{2,63}(\.[a-z0-9-]{2,63})?"), Rule("no_extension", "expected a domain extension without dot in front, such as nl")
    ),
    "notice_hash": (re.compile(r"[0-9a-f]{64}"), _SHA_256),
    "text_hash": (re.compile(r"[0-9a-f]{64}"), _SHA_256),
    "fingerprint": (re.compile(r"[0-9a-f]{64}"), _SHA_256),
    "schema": (
        re.compile(r"ledger\.[A-Za-z]{1,60} v[0-9]{1,4}"), Rule("other_form", "expected a schema's name and version, such as ledger.DataErased v2")
    ),
}

# Lists that say nothing when empty; elsewhere an empty list means all.
NOT_EMPTY: Final = frozenset(
    {
        ("DataCollected", "categories"),
        ("DataCollected", "purposes"),
        ("DataShared", "categories"),
        ("DataUsed", "categories"),
        ("DataConsulted", "categories"),
        ("DataRectified", "categories"),
    }
)


def string_rule(field: str, code_list: str | None) -> StringRule:
    """Return the rule of a string field; one that no table names is an opaque reference. code_list: of a coded field."""
    if code_list is not None:
        return _term_rule(code_list)
    if field == "compiled":
        return _compiled_policy
    if field in TEXTS:
        return _any_text
    if field in _PATTERNS:
        return _pattern_rule(*_PATTERNS[field])
    if field == "country":
        return _country
    if field == "controller":
        return _controller
    if field == "subject_ref":
        return _subject
    return _identifier if field in IDENTIFIERS else _reference


def closest(text: str, known: list[str]) -> str | None:
    """Return the known word most like the text, or None. Tells of the text only that it resembles a public word."""
    found = difflib.get_close_matches(text[:TOKEN_LENGTH_MAX], known, n=1, cutoff=0.6)
    return found[0] if found else None


def _term_rule(code_list: str) -> StringRule:
    def check(text: str) -> None:
        if vocabulary.is_term(code_list, text):
            return
        kind = personal_kind(text)
        if kind is not None:
            raise BrokenRuleError(
                Rule("personal", f"expected a term of the code list {code_list}, got what looks like {kind}", kind=kind), _OPAQUE_HINT
            )
        like = vocabulary.suggest(code_list, text, limit=1)
        raise BrokenRuleError(
            Rule("no_term", f"expected a term of the code list {code_list}, got an unknown one"),
            did_you_mean(like[0]) if like else f"schemas/vocabulary/{code_list}.json lists them",
        )

    return check


def _pattern_rule(pattern: re.Pattern[str], rule: Rule) -> StringRule:
    def check(text: str) -> None:
        if not pattern.fullmatch(text):
            raise BrokenRuleError(rule)

    return check


def _country(text: str) -> None:
    if text not in COUNTRIES:
        raise BrokenRuleError(Rule("no_country", "expected an alpha-2 code that ISO 3166-1 has assigned, such as NL"))


def _any_text(text: str) -> None:
    """Nothing but size is asked of a public text; the message size is checked on the whole event."""


def _compiled_policy(text: str) -> None:
    """What the processors could not read they would put aside, and judge nothing by it."""
    from ledger.core.compiled_policy import PolicyError, policy_from_json  # policies are published rarely: other services need not load it

    try:
        policy_from_json(text)
    except PolicyError as fault:
        raise BrokenRuleError(Rule("no_policy", "expected a compiled policy that the processors can read, got something else"), fault.hint) from None


def _identifier(text: str) -> None:
    kind = personal_kind(text)
    if kind is not None:
        raise BrokenRuleError(Rule("personal", f"expected an identifier, got what looks like {kind}", kind=kind), _OPAQUE_HINT)
    if not _TOKEN.fullmatch(text):
        raise BrokenRuleError(_TOKEN_RULE)


def is_identifier(text: str) -> bool:
    """Whether it may stand where a name of a service, a system or a document does: no personal value, a token."""
    try:
        _identifier(text)
    except BrokenRuleError:
        return False
    return True


def _controller(text: str) -> None:
    _identifier(text)
    if "/" in text:
        raise BrokenRuleError(Rule("slash", "expected a controller id without `/`: it separates controller and subject in the message key"))


def _subject(text: str) -> None:
    _reference(text)
    if text == REGISTER_REF:
        rule = Rule("own_word", "expected a subject's reference, got the word for the controller's own duties")
        raise BrokenRuleError(rule, "name the person or dataset")


def _reference(text: str) -> None:
    kind = personal_kind(text)
    if kind is not None:
        raise BrokenRuleError(_no_reference(kind), _OPAQUE_HINT)
    if not _TOKEN.fullmatch(text):
        raise BrokenRuleError(_TOKEN_RULE)
    if is_domain_name(text):
        raise BrokenRuleError(_no_reference(DOMAIN), Hint("opaque", "put it into `sealed`, under the subject's key"))
    if is_written_name(text):
        raise BrokenRuleError(_no_reference(NAME), _OPAQUE_HINT)


def _no_reference(kind: str) -> Rule:
    return Rule("personal", f"expected a reference, got what looks like {kind}", kind=kind)
