"""JSON Schemas of the answers, made from their dataclasses, for OpenAPI: as `answers.shapes.as_json` writes them."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final

from ledger.answers.shapes import Term, is_instant

PROBLEM: Final = "Problem"
_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "hint": {"type": "string"}, "field": {"type": "string"}, "event": {"type": "string"}, "rule": {"type": "string"},
        "event_id": {"type": "string", "format": "uuid"}, "records_folded": {"type": "integer"}, "records_to_fold": {"type": "integer"},
        "latest": {"type": "string", "format": "date"},
    },
}  # fmt: skip
_PROBLEM_OF: Final = {
    400: "The request cannot be read", 401: "No credential that is good", 403: "The role may not do that",
    404: "Nothing is known, or it is not in reach",
    409: "Used for something else, or busy", 413: "Too much at once", 415: "Expected JSON", 422: "A field does not fit; named, never its value",
    429: "Too often", 503: "A service behind this one does not answer: ask again", 504: "It took too long",
}  # fmt: skip


def answers(shape: type, summary: str, *, problems: tuple[int, ...] = (401, 403, 404, 409, 422, 429, 503)) -> Any:
    """What a route tells OpenAPI of itself."""
    ok: dict[str, Any] = {"description": "Answered", "content": {"application/json": {"schema": schema_of(shape)}}}
    if pages(shape):
        ok["headers"] = {"Link": {"description": 'Where the list goes on, `rel="next"` (RFC 8288); none at its end', "schema": {"type": "string"}}}
    return {"summary": summary, "responses": {200: ok, **problem_responses(problems)}}


def pages(shape: type) -> bool:
    """Whether it comes in pages: it says where it goes on, or its breaches do."""
    names = {each.name for each in fields(shape)}
    return bool(names & {"next", "breaches"})


def problem_responses(statuses: tuple[int, ...]) -> dict[int | str, Any]:
    """The problems a route may answer with."""
    return {
        status: {"description": _PROBLEM_OF[status], "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}}}}
        for status in statuses
    }


def also_answered(method: str, *, is_tagged: bool) -> dict[str, Any]:
    """What the gate and the bounds answer on any route of ours, whatever the route itself may say. is_tagged: it has an ETag."""
    problems = (401, 403, 413, 422, 429, 503, 504) if method == "post" else (401, 403, 422, 429, 503, 504)
    found = {str(status): problem for status, problem in problem_responses(problems).items()}
    return {"304": {"description": "Nothing was folded since the tag that was sent as `If-None-Match`"}, **found} if is_tagged else found


def schema_of(shape: type) -> dict[str, Any]:
    """The reference to a shape's schema."""
    _define(shape)
    return {"$ref": f"#/components/schemas/{shape.__name__}"}


def components() -> dict[str, Any]:
    """All schemas that were referred to, by name."""
    return {PROBLEM: _PROBLEM_SCHEMA, **dict(sorted(_KNOWN.items()))}


def as_text(described: Mapping[str, Any]) -> str:
    """A description as it is served and kept in docs/: two spaces, a line at the end."""
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


_KNOWN: Final[dict[str, Any]] = {}


@cache
def _define(shape: type) -> None:
    """Nothing is required: a role may get an answer without the fields that point at persons (docs/access.md)."""
    _KNOWN[shape.__name__] = {}
    hints = typing.get_type_hints(shape)
    properties = {each.name: _of(hints[each.name], each.name) for each in fields(shape)}
    about = (shape.__doc__ or "").strip()
    _KNOWN[shape.__name__] = {"type": "object", "description": about, "properties": properties, "additionalProperties": False}


def _of(hint: Any, name: str) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [_of(each, name) for each in arguments if each is not type(None)]
        return {"anyOf": [*inner, {"type": "null"}]} if type(None) in arguments else {"anyOf": inner}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _of(arguments[0], name) if arguments else {}}
    if origin in (dict, Mapping):
        values = _of(arguments[1], "")
        return {"type": "object"} | ({"additionalProperties": values} if values else {})
    if hint in (dict, Mapping):
        return {"type": "object"}
    if origin is list:
        return {"type": "array", "items": _of(arguments[0], name)}
    if hint is Term:
        return {"type": "object", "properties": {"term": {"type": "string"}, "label": {"type": "string"}}, "required": ["term", "label"]}
    if is_dataclass(hint) and isinstance(hint, type):
        return schema_of(hint)
    if hint is bytes:
        return {"type": "string", "format": "uuid"}
    if hint is bool:
        return {"type": "boolean"}
    if hint is int:
        return {"type": "string", "format": "date-time"} if is_instant(name) else {"type": "integer"}
    if hint is float:
        return {"type": "number"}
    if hint is str:
        return {"type": "string"}
    return {}
