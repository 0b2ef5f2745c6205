"""What policy files become: the compiled form and its format, dates, loading by name and path, the schema for editors."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.contract import schema_store
from ledger.errors import CallerError
from ledger.policies.files import canonical_json, load_policy, policy_schema
from tests.unit.test_policy_files import GOOD, compiled, findings


def test_only_what_an_older_reader_would_misread_has_the_newer_format() -> None:
    """A reader of format 2 passes over `when`; the other words it refuses by itself."""
    plain = GOOD.replace("[CONTRACT_ENDED]", "[CONSENT_ENDED]").replace("after: P2Y", "after: statute\n    statute: nl-awr-52")

    assert json.loads(compiled(plain).compiled_json)["format"] == 2
    assert json.loads(compiled(plain.replace("after:", "when: {customer: false}\n    after:")).compiled_json)["format"] == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    categories: [pd:Name]\nret", "    categories: [pd:Name]\n    named: [sidn]\nret"),
        ("conditions:", "transfers: {promise: SH-06, recipients: [verisign]}\nconditions:"),
        ("conditions:", "conditions:\n  - {id: SH-05, act: share, needs: [registered], except_roles: [court]}"),
        ("categories: [pd:BankAccount]", "act: share, categories: [pd:BankAccount], except_roles: [court]"),
        ("categories: [pd:BankAccount]", "categories: [pd:BankAccount], severity: WARNING"),
    ],
)
def test_what_a_reader_of_the_third_format_would_pass_over_has_the_fourth(old: str, new: str) -> None:
    assert json.loads(compiled(GOOD.replace(old, new)).compiled_json)["format"] == 4


def test_what_a_term_means_has_the_fifth_format() -> None:
    """A reader of the fourth would have all erased that is to be kept at least so long."""
    assert json.loads(compiled(GOOD.replace("after: P2Y", "after: P2Y\n    kept: at_least")).compiled_json)["format"] == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("conditions:", "conditions:\n  - {id: SH-05, act: share, needs: [registered], except_products: [ov]}"),
        ("categories: [pd:BankAccount]", "act: share, categories: [pd:BankAccount], except_products: [ov]"),
    ],
)
def test_a_product_that_is_left_out_has_the_sixth_format(old: str, new: str) -> None:
    """A reader of the fifth would forbid it too."""
    text = GOOD.replace("after: P2Y", "after: P2Y\n    kept: at_least").replace(old, new)

    assert json.loads(compiled(text).compiled_json)["format"] == 6


def test_only_shares_leave_products_out() -> None:
    (finding,) = findings(GOOD.replace("categories: [pd:BankAccount]", "categories: [pd:BankAccount], except_products: [ov]"))

    assert finding.message == "an act of kind any has no such thing"


def test_examples_of_names_are_no_reason_for_another_format() -> None:
    text = GOOD.replace("    categories: [pd:Name]\nret", "    such_as: [sidn]\nret")

    assert json.loads(compiled(text).compiled_json)["format"] == 2
    assert compiled(text).policy.recipients["registry"].such_as == {"sidn"}


def test_norway_is_a_country_and_words_stay_words() -> None:
    result = compiled(GOOD.replace("{crm: NL}", "{crm: NO}").replace('"1"', "2018-04-04"))

    assert result.policy.activities["account"].stores[0].country == "NO"
    assert result.policy.version == "2018-04-04"


def test_an_undated_statement_is_in_force_from_june_2018() -> None:
    result = compiled(GOOD)

    assert result.policy.in_force_from == "2018-06-01"
    assert result.in_force_from == 1_527_804_000_000_000  # 2018-05-31T22:00Z: midnight in Amsterdam
    assert result.policy.announced_on is None
    assert result.announced_at is None


def test_dates_become_the_first_instant_of_the_day_there() -> None:
    dated = "title: Privacy\nannounced_on: 2018-01-01\nin_force_from: 2018-04-04"
    result = compiled(GOOD.replace("title: Privacy", dated))

    assert result.announced_at == 1_514_761_200_000_000  # 2017-12-31T23:00Z
    assert result.in_force_from == 1_522_792_800_000_000  # 2018-04-03T22:00Z


def test_holders_act_within_a_week_when_nothing_else_is_said() -> None:
    assert str(compiled(GOOD).policy.retention[0].acts_within) == "P7D"
    quick = GOOD.replace("after: P2Y", "after: P2Y\n    acts_within: PT24H")
    assert str(compiled(quick).policy.retention[0].acts_within) == "PT24H"


def test_comments_and_the_order_of_what_has_none_do_not_change_the_compiled_form() -> None:
    swapped = GOOD.replace("      - pd:Name\n      - pd:EmailAddress\n", "      - pd:EmailAddress\n      - pd:Name\n")
    other = compiled("# a comment\n" + swapped)

    assert other.compiled_json == compiled(GOOD).compiled_json
    assert other.sha256 != compiled(GOOD).sha256


def test_the_order_of_rules_is_kept() -> None:
    later = "  - {id: AA-01, holder: controller, anchors: [COLLECTION], after: P1Y}\n"
    rules = compiled(GOOD.replace("conditions:", later + "conditions:")).policy.retention

    assert [rule.id for rule in rules] == ["SH-11", "AA-01"]


def test_canonical_json_sorts_keys_and_keeps_utf_8() -> None:
    value: dict[str, Any] = {"b": ["é", True], "a": {"d": "", "c": "\n"}}

    assert canonical_json(value) == '{"a":{"c":"\\n","d":""},"b":["é",true]}'


def test_a_name_that_is_neither_file_nor_shipped_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallerError) as caught:
        load_policy(tmp_path / "none.yaml")

    assert "hostinghuis" in (caught.value.hint or "")


def test_a_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(GOOD, encoding="utf-8")

    assert load_policy(file) == compiled(GOOD)


def test_the_schema_for_editors_knows_the_milestones_of_the_events() -> None:
    fields = {field["name"]: field for field in schema_store.schema("MilestoneReached")["fields"]}
    kinds = set(fields["kind"]["type"]["symbols"]) - {"UNKNOWN"}

    assert set(policy_schema()["$defs"]["anchor"]["enum"]) == kinds | {"COLLECTION", "CONSENT_ENDED", "NOT_STATED"}


def test_the_schema_is_a_correct_schema_that_describes_every_field() -> None:
    import jsonschema  # type: ignore[import-untyped]

    schema = policy_schema()
    jsonschema.Draft202012Validator.check_schema(schema)

    def fields(node: dict[str, Any]) -> list[dict[str, Any]]:
        return list(node.get("properties", {}).values())

    for field in [*fields(schema), *(field for one in schema["$defs"].values() for field in fields(one))]:
        assert "description" in field or "$ref" in field
