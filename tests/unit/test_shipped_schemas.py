"""Each YAML file that ships is right by the JSON Schema that ships beside it, read as an editor reads it."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any, ClassVar

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from ledger.policies.files import PolicyFileError, compile_policy, shipped_policies

LAW = sorted(entry.name for entry in resources.files("ledger.law").iterdir() if entry.name.endswith(".yaml"))
FILES = [
    *(("ledger.policies", f"{name}.yaml", "policy.schema.json") for name in shipped_policies()),
    *(("ledger.law", name, "law.schema.json") for name in LAW),
]


class _AsInAnEditor(yaml.SafeLoader):  # type: ignore[misc]
    """YAML 1.2, core schema, as language servers read it: a count is a number, a day and NO are texts."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for kind, first, form in (
    ("bool", "tTfF", r"true|True|TRUE|false|False|FALSE"), ("null", "nN~", r"null|Null|NULL|~"), ("int", "-+0123456789", r"[-+]?[0-9]+"),
    ("float", "-+.0123456789", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?"),
):  # fmt: skip
    _AsInAnEditor.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^(?:{form})$"), list(first))


def problems(package: str, text: str, schema: str) -> list[str]:
    """What an editor would underline."""
    read = json.loads((resources.files(package) / schema).read_bytes())
    found = jsonschema.Draft202012Validator(read).iter_errors(yaml.load(text, Loader=_AsInAnEditor))  # noqa: S506 a SafeLoader
    return [f"{error.json_path}: {error.message}" for error in found]


def text_of(package: str, name: str) -> str:
    return (resources.files(package) / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("package", "name", "schema"), FILES, ids=[name for _, name, _ in FILES])
def test_what_ships_is_right_by_its_published_schema(package: str, name: str, schema: str) -> None:
    assert problems(package, text_of(package, name), schema) == []


def test_both_kinds_of_file_are_among_them() -> None:
    assert {schema for _, _, schema in FILES} == {"policy.schema.json", "law.schema.json"}
    assert len(FILES) >= 6


@pytest.mark.parametrize("count", ["0", "-1", "10000", "6.5", "six", "[6]", '"0"'])
def test_a_count_that_is_none_is_wrong_for_editors_and_for_the_check(count: str) -> None:
    text = text_of("ledger.policies", "sohosted.yaml").replace("at_most: {count: 6,", f"at_most: {{count: {count},")

    assert len(problems("ledger.policies", text, "policy.schema.json")) == 1
    with pytest.raises(PolicyFileError) as caught:
        compile_policy(text.encode(), file="wrong.yaml")
    assert [finding.field for finding in caught.value.findings] == ["conditions[4].at_most.count"]


def test_a_list_for_a_count_is_told_apart() -> None:
    text = text_of("ledger.policies", "sohosted.yaml").replace("at_most: {count: 6,", "at_most: {count: [6],")

    with pytest.raises(PolicyFileError, match="expected a whole number, got a list"):
        compile_policy(text.encode(), file="wrong.yaml")


def test_a_count_in_quotes_is_the_same() -> None:
    text = text_of("ledger.policies", "sohosted.yaml")
    quoted = text.replace("at_most: {count: 6,", 'at_most: {count: "6",')

    assert problems("ledger.policies", quoted, "policy.schema.json") == []
    assert compile_policy(quoted.encode(), file="x.yaml").compiled_json == compile_policy(text.encode(), file="x.yaml").compiled_json
