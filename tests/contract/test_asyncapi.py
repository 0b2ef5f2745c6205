"""docs/asyncapi.json against the schema of AsyncAPI 3.0.0 as its makers publish it (tests/contract/asyncapi/NOTICE)."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

FOLDER = Path(__file__).with_name("asyncapi")
SCHEMA = FOLDER / "3.0.0.json"
DOCUMENT: dict[str, Any] = json.loads((Path(__file__).resolve().parents[2] / "docs" / "asyncapi.json").read_text(encoding="utf-8"))
MISTAKES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no title": lambda it: it["info"].pop("title"),
    "another version": lambda it: it.update(asyncapi="2.6.0"),
    "a field that is none": lambda it: it["channels"]["facts"].update(partitions=4),
    "an operation that neither sends nor receives": lambda it: it["operations"]["send-facts"].update(action="publish"),
    "an operation without a channel": lambda it: it["operations"]["send-facts"].pop("channel"),
    "a channel's address that is no text": lambda it: it["channels"]["facts"].update(address=4),
    "a Kafka binding with another clean-up": lambda it: topic_of(it).update({"cleanup.policy": ["vacuum"]}),
    "a message's example without anything": lambda it: it["components"]["messages"]["DataShared"].update(examples=[{}]),
    "headers that are no schema": lambda it: it["components"]["messages"]["DataShared"]["headers"].update(type="record"),
    "a payload that is no Avro": lambda it: it["components"]["messages"]["DataShared"]["payload"]["schema"].pop("fields"),
}


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    return Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def topic_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["channels"]["facts"]["bindings"]["kafka"]["topicConfiguration"]
    return found


def references(value: Any) -> Iterator[str]:
    """All references of a document, outside the schemas of payloads."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for name, each in value.items():
            yield from () if name == "payload" else references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_the_schema_is_the_published_one() -> None:
    digest, name = (FOLDER / "VENDORED.sha256").read_text(encoding="utf-8").split()

    assert (hashlib.sha256(SCHEMA.read_bytes()).hexdigest(), SCHEMA.name) == (digest, name)


def test_the_description_of_the_topics_is_asyncapi(validator: Draft7Validator) -> None:
    assert [f"{each.json_path}: {each.message[:200]}" for each in validator.iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_it_would_be_found(validator: Draft7Validator, mistake: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    MISTAKES[mistake](document)

    assert not validator.is_valid(document)


def test_every_reference_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    for reference in found:
        at: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]

    assert len(found) > 100
