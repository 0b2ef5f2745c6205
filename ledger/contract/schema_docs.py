"""docs/events.md: every event and every field, written from the schemas so that it cannot differ from them.

Pure: published schemas in, Markdown out. `ledger schema docs` prints it; a test compares it with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ledger.contract import schema_store, vocabulary
from ledger.contract.schema_lint import ENVELOPE
from ledger.core.events import FACT_TYPES, OUTCOME_TYPES, REGISTER_TYPES

_GROUPS: Final = (
    ("Facts", "About one subject, or one dataset of unknown people. Topic `facts`.", FACT_TYPES),
    ("Register", "About the controller, and time. Topic `register`, copied into every partition of `facts`.", REGISTER_TYPES),
    ("Outcomes", "Derived by the fold. Topics `obligations` and `violations`.", OUTCOME_TYPES),
)
_LABELS: Final = re.compile(r"(?P<meaning>.*?)\. (?:Unit: (?P<unit>.*?)\. )?Source: (?P<source>.*?)\. Example: (?P<example>.*)\.")


def type_text(node: Any) -> str:
    """Write a type for people: `text or nothing`, `list of text`, `one of UNKNOWN, GIVEN`."""
    if isinstance(node, list):
        return f"{type_text(node[1])} or nothing"
    if isinstance(node, dict):
        match node["type"]:
            case "array":
                return f"list of {type_text(node['items'])}"
            case "enum":
                return "one of " + ", ".join(node["symbols"])
            case "record":
                return str(node["name"])
            case "fixed":
                return "UUID" if node.get("logicalType") == "uuid" else f"{node['size']} bytes"
            case "long" if "logicalType" in node:
                return "time"
            case other:
                return type_text(other)
    return {"string": "text", "long": "integer", "int": "integer", "EventId": "UUID"}.get(node, str(node))


def render() -> str:
    """Write the whole page."""
    lines = [
        "# Events",
        "",
        "Written from `schemas/` by `ledger schema docs`; do not edit. The rules of change are in `schemas/README.md`.",
        "Times are microseconds since 1970 UTC on the wire and RFC 3339 in JSON; UUIDs are 16 bytes on the wire and text in JSON.",
        'A field of type "or nothing" may be left out; so may a list.',
        "",
        "## Envelope",
        "",
        "The first fields of every event; register events have no `subject_ref`.",
        "",
        *_fields([field for field in schema_store.schema("DataCollected")["fields"] if field["name"] in ENVELOPE]),
    ]
    for title, about, names in _GROUPS:
        lines += ["", f"## {title}", "", about]
        for name in names:
            lines += ["", *_event(name)]
    lines += ["", "## Code lists", "", "Terms of the fields marked with a list. DPV terms have their IRI in the file."]
    for kind in vocabulary.KINDS:
        terms = ", ".join(f"`{term}`" for term in vocabulary.terms(kind))
        lines += ["", f"### {kind}", "", f"`schemas/vocabulary/{kind}.json`: {terms}"]
    return "\n".join(lines) + "\n"


def _event(name: str) -> Iterator[str]:
    schema = schema_store.schema(name)
    said = _parts(schema["doc"])
    ids = ", ".join(f"v{row.version} is {row.schema_id}" for row in schema_store.versions(name))
    yield f"### {name}"
    yield ""
    yield f"{said['meaning']}. For example: {said['example']}. Source: {said['source']}. Schema id: {ids}."
    yield ""
    yield from _fields([field for field in schema["fields"] if field["name"] not in ENVELOPE])


def _fields(fields: list[dict[str, Any]]) -> Iterator[str]:
    """Write the table of some fields, and behind it a table of each record inside them."""
    yield from _table(fields)
    for field in fields:
        inner = field["type"]
        inner = inner[1] if isinstance(inner, list) else inner
        inner = inner["items"] if isinstance(inner, dict) and inner["type"] == "array" else inner
        if isinstance(inner, dict) and inner["type"] == "record":
            yield ""
            yield f"{inner['name']}: {_parts(inner['doc'])['meaning']}."
            yield ""
            yield from _table(inner["fields"])


def _table(fields: list[dict[str, Any]]) -> Iterator[str]:
    yield "| field | type | meaning | unit | source | example |"
    yield "|---|---|---|---|---|---|"
    for field in fields:
        said = _parts(field["doc"])
        kind = type_text(field["type"]) + (f" (list `{field['terms']}`)" if "terms" in field else "")
        cells = (f"`{field['name']}`", kind, said["meaning"], said["unit"], said["source"], said["example"])
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _parts(doc: str) -> dict[str, str]:
    """Split a doc at its labels; the linter has seen to it that they are there."""
    found = _LABELS.fullmatch(doc)
    return {name: text or "" for name, text in found.groupdict().items()} if found else {"meaning": doc, "unit": "", "source": "", "example": ""}
