"""The fields of one event as people read them: each value by what the schema says of it, a term by its name. Pure.

What is for machines alone is left to the raw values of the page. Must never show what is sealed. Source: schemas/*/v*.avsc.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from ledger.contract import schema_store
from ledger.contract.term_names import Language
from ledger.web.pages.countries import country_name
from ledger.web.pages.labels import label, words

Json = dict[str, Any]
LEFT_OUT: Final = frozenset({"type", "salt", "text", "compiled"})
"""Of use to machines; the text of a policy has a page of its own."""
_NAMED: Final = {"rule": "broken", "statute": "statute"}
"""Fields of plain text -> the group of words.json that names their values, where it does."""


def fields_of(event: Json, language: str, titles: Mapping[str, str]) -> list[Json]:
    """Each field that says something: `name`, `is_sealed` and `values`. A value has `kind`: text, term, instant, code or record; its `text`; `raw`;
    of a record `parts`, fields again. event: in JSON form; instants keep that form. titles: of the policy's activities.
    """
    found = _fields(schema_store.schema(event["type"]), event, cast(Language, language))
    for value in (value for field in found if field["name"] == "activity" for value in field["values"] if value["raw"] in titles):
        value |= {"kind": "term", "text": titles[value["raw"]]}
    return found


def _fields(schema: Json, values: Json, language: Language) -> list[Json]:
    found = []
    for field in schema["fields"]:
        name, value = field["name"], values.get(field["name"])
        if name not in LEFT_OUT and value not in (None, [], {}, ""):
            is_sealed = name == "sealed"
            many = value if isinstance(value, list) else [value]
            found.append({"name": name, "is_sealed": is_sealed, "values": [] if is_sealed else [_value(field, each, language) for each in many]})
    return found


def _value(field: Json, value: Any, language: Language) -> Json:
    kind = _inner(field["type"])
    shape = kind if isinstance(kind, dict) else {"type": kind}
    if shape["type"] == "record":
        return {"kind": "record", "text": "", "raw": "", "parts": _fields(shape, value, language)}
    if field["name"] == "country":
        return {"kind": "term", "text": country_name(value, language), "raw": str(value), "parts": []}
    group: str = field.get("terms") or (shape["name"] if shape["type"] == "enum" else _NAMED.get(field["name"], ""))
    if shape["type"] == "enum" or "terms" in field or f"{group}_{value}" in words():
        return {"kind": "term", "text": label(group, value, language), "raw": str(value), "parts": []}
    is_instant, is_code = shape.get("logicalType") == "timestamp-micros", shape["type"] in ("EventId", "fixed", "bytes")
    return {"kind": "instant" if is_instant else "code" if is_code else "text", "text": str(value), "raw": str(value), "parts": []}


def _inner(kind: Any) -> Any:
    """The type itself, of one that may be absent or is a list."""
    if isinstance(kind, list):
        kind = next(each for each in kind if each != "null")
    return kind["items"] if isinstance(kind, dict) and kind.get("type") == "array" else kind
