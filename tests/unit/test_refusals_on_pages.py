"""What a form is refused for is said in the page's language: every rule of the contract has words, and none of them repeats a value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.sdk import field_rules, personal_values
from ledger.sdk.field_rules import BrokenRuleError, string_rule
from ledger.web.pages.labels import words
from ledger.web.pages.refusals import hint_of, refusal, said_of

ROOT = Path(__file__).resolve().parents[2]
FILES = ("sdk/field_rules.py", "sdk/validation.py", "sdk/envelope.py", "contract/json_form.py", "web/event_bodies.py", "web/pages/act_forms.py")
KINDS = {value for name, value in vars(personal_values).items() if name.isupper() and str(value).startswith(("a ", "an "))}
ERRORS = {"BrokenRuleError": (0, 1), "_RuleError": (0, 1), "RefusedEventError": (2, 3), "FieldError": (3, 4)}
"""Which arguments of an error are its rule and its hint."""
NAMED = {**vars(field_rules), "_TOKEN_RULE": field_rules._TOKEN_RULE}


def text_of(node: ast.expr) -> str | None:
    """The text of a rule in the code, with something in its places; None: it comes from elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return NAMED.get(node.id) if isinstance(NAMED.get(node.id), str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "Xx" for each in node.values)
    if isinstance(node, ast.BinOp):
        left, right = text_of(node.left), text_of(node.right)
        return None if left is None else left + (right or "Xx")
    return None


def rules_in(path: str) -> Iterator[str]:
    """Every rule that a file can raise; in the forms also those that have a name."""
    tree = ast.parse((ROOT / "ledger" / path).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if isinstance(node, ast.Call) and name in ERRORS and len(node.args) > ERRORS[name][0]:
            text = text_of(node.args[ERRORS[name][0]]) or ""
            text = text.replace("looks like Xx", "looks like a phone number").replace("Xx bytes", "9 bytes").replace("got Xx", "got 9")
            yield from [text] if text.startswith("expected ") else []
        elif isinstance(node, ast.Constant) and path.endswith("act_forms.py"):
            yield from [node.value] if str(node.value).startswith("expected ") else []


RULES = sorted({rule for path in FILES for rule in rules_in(path)} | {rule for _, rule in field_rules._PATTERNS.values()})


def test_there_are_as_many_rules_as_one_thinks() -> None:
    assert len(RULES) > 50


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_the_contract_is_said_in_dutch_and_in_english(rule: str) -> None:
    said = [said_of(rule, language) for language in ("nl", "en")]

    assert all(said) and said[0] != said[1] and "{" not in f"{said}"


def test_everything_that_looks_like_a_person_has_a_name() -> None:
    assert len(KINDS) == 10
    assert {f"looks_like_{kind}" for kind in KINDS} - set(words()) == set()


@pytest.mark.parametrize(("field", "value", "dutch"), [
    ("breach_ref", "jan.jansen@voorbeeld.nl", "dit lijkt op een e-mailadres; zoiets mag hier niet staan"),
    ("breach_ref", "-x", "gebruik 1 tot 128 letters"), ("recipient", "a" * 129, "gebruik 1 tot 128 letters"),
    ("subject_ref", "register", "dit woord is voor de organisatie zelf"), ("controller", "a/b", "hierin mag geen / staan"),
])  # fmt: skip
def test_what_a_field_refuses_is_said_without_the_value(field: str, value: str, dutch: str) -> None:
    with pytest.raises(BrokenRuleError) as broken:
        string_rule(field, None)(value)
    problem = {"status": 422, "field": field, "rule": broken.value.rule, "hint": broken.value.hint, "detail": "x"}
    told = refusal(problem, "nl")

    assert told.why.startswith(dutch) and told.language == "nl"
    assert value not in f"{told}"


def test_a_term_that_is_not_in_the_list_is_refused_with_what_was_meant() -> None:
    with pytest.raises(BrokenRuleError) as broken:
        string_rule("categories", "categories")("pd:EmailAdress")
    told = refusal({"status": 422, "field": "categories", "rule": broken.value.rule, "hint": broken.value.hint, "detail": "x"}, "nl")

    assert told.why == "dit staat niet in de lijst waaruit hier gekozen wordt" and told.hint.startswith("bedoelt u pd:")


def test_a_field_within_a_field_is_named_and_a_rule_that_nobody_knows_is_told_as_it_is() -> None:
    assert said_of("in until: expected a time that exists", "nl") == "Tot: noem een dag en een tijd die bestaan"
    unknown = refusal({"status": 422, "field": "x", "rule": "expected the moon", "hint": "look up", "detail": "d"}, "nl")
    assert (unknown.why, unknown.hint, unknown.language) == ("expected the moon", "look up", "en")


def test_what_is_of_no_field_is_said_by_its_kind() -> None:
    assert refusal({"status": 409, "detail": "d"}, "nl").why == "Dit past niet bij wat er al is."
    assert refusal({"status": 422, "detail": "d", "event_id": "x"}, "nl").why.startswith("de klok van de server")
    assert refusal({"status": 418, "detail": "d"}, "nl") == ("d", "", "en")


def test_a_hint_is_said_in_words_or_left_to_the_form() -> None:
    assert hint_of(field_rules._OPAQUE_HINT, "nl").startswith("gebruik een kenmerk")
    assert hint_of("`ledger schema show DataShared` lists its fields", "nl") == hint_of("", "en") == ""
