"""What a body of `POST /v1/events` holds: its items, each bound to who sends it, and whether two of them are the same.

Strict JSON in UTF-8: no name twice, no NaN. Must never repeat a value. Sources: RFC 8259; docs/http.md, "Events".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from ledger.contract import codec, schema_store
from ledger.contract.broken_rules import NO_VALUE, BrokenRuleError
from ledger.contract.json_form import FieldError, from_json
from ledger.errors import DataError, LedgerError
from ledger.sdk.validation import MADE, as_tuple, event_check
from ledger.web.problems import Problem, problem_of
from ledger.web.roles import Principal

ITEMS_MAX: Final = 5_000
LINES: Final = "application/x-ndjson"
_FILLED_IN: Final = ("event_id", "salt", "occurred_at", "controller", "source", "by")
#: What the ledger makes when it is not given; a repeat takes what was made first.
_MADE: Final = frozenset({"event_id", "salt", "occurred_at"})
REGISTER_TYPES_REFUSED: Final = "expected a fact about a person; what concerns the controller is published by its officers"


class Item(NamedTuple):
    """One event as it was given. fields: raw, with controller and source. digest: of what was given, for the same id again; without an id, empty."""

    type_name: str
    fields: dict[str, Any]
    digest: bytes


def items_of(kind: str, body: bytes, principal: Principal) -> tuple[list[Item | Problem], bool]:
    """(items in order, whether there may be several). Raises: Problem 400, 413, 422: nothing of the body can be read, or too much is in it."""
    if kind == LINES:
        given, is_batch = _few([line for line in body.split(b"\n") if line.strip()]), True
    else:
        given, is_batch = _unpacked(_parsed(body))
    return [_item(principal, each) for each in given], is_batch


def _unpacked(found: Any) -> tuple[list[Any], bool]:
    if isinstance(found, dict) and set(found) == {"events"} and isinstance(found["events"], list):
        return _few(found["events"]), True
    if isinstance(found, list):
        return _few(found), True
    if not isinstance(found, dict):
        raise Problem(422, 'expected one event, a list of events, or {"events": [...]}, got something else', field="*")
    return [found], False


def _few(items: list[Any]) -> list[Any]:
    if not items:
        raise Problem(422, "expected at least one event, got none", field="events")
    if len(items) > ITEMS_MAX:
        raise Problem(413, f"expected at most {ITEMS_MAX} events at once, got more", field="events", hint="send less at a time")
    return items


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8", "strict"), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise Problem(400, "expected UTF-8", field="*") from None
    except json.JSONDecodeError as error:
        raise Problem(400, f"expected JSON, got a fault in line {error.lineno}, column {error.colno}", field="*") from None
    except RecursionError:
        raise Problem(400, "expected JSON, got it nested too deeply", field="*") from None
    except ValueError:  # an integer of more digits than Python reads
        raise Problem(400, "expected JSON, got a number that is too long", field="*") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Problem(400, "expected each name once in an object, got one twice", field="*")
    return found


def _refuse_constant(_: str) -> Any:
    raise Problem(400, "expected JSON, got NaN or Infinity", field="*")


def _item(principal: Principal, given: Any) -> Item | Problem:
    """One event, bound to who sends it."""
    try:
        found = _parsed(given) if isinstance(given, bytes) else given
        if not isinstance(found, dict):
            return Problem(422, "expected an object, got something else", field="*")
        type_name, fields = from_json(found, may_lack=_FILLED_IN)
    except Problem as problem:
        return problem
    except LedgerError as error:
        return problem_of(error)
    controller = fields.setdefault("controller", principal.only_controller)
    if controller is None:
        return problem_of(FieldError("emit", type_name, "controller", NO_VALUE))
    if not isinstance(controller, str) or not principal.may_see(controller):
        return Problem(403, "this credential may not speak for that controller", event=type_name, field="controller")
    if fields.setdefault("source", principal.source) != principal.source:
        return Problem(403, "this credential is bound to another source", event=type_name, field="source", hint="leave it out")
    if "subject_ref" not in fields:
        return Problem(422, REGISTER_TYPES_REFUSED, event=type_name, field="subject_ref")
    if _has_doer(type_name):
        fields.setdefault("by", controller)  # a service reports the deeds of its own controller, unless it says whose
    return Item(type_name, fields, digest_of(type_name, fields) if "event_id" in fields else b"")


def require_fit(item: Item) -> None:
    """Check what an emitter would check of each field, without one. Raises: RefusedEventError, names the field."""
    check = event_check(item.type_name)
    for name, value in item.fields.items():
        if name not in MADE:
            try:
                check.coders[name][as_tuple(value) if name in check.lists else value]
            except BrokenRuleError as fault:
                raise check.refuse(name, fault) from None


def digest_of(type_name: str, fields: Mapping[str, Any]) -> bytes:
    """Of what was given, once what may be left out is filled in."""
    given = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
    return hashlib.sha256(json.dumps([type_name, given], sort_keys=True, default=repr).encode()).digest()


def is_same(item: Item, value: bytes) -> bool:
    """Whether what is stored is what is given; what the ledger made at the first time counts as given."""
    try:
        type_name, stored = codec.decode(value)
    except DataError:
        return False
    given = item.fields
    return type_name == item.type_name and all(
        _plain(given.get(name)) == _plain(stands) for name, stands in stored.items() if name in given or name not in _MADE
    )


@cache
def _has_doer(type_name: str) -> bool:
    """Whether events of this type must say who did it."""
    return any(field["name"] == "by" and "default" not in field for field in schema_store.schema(type_name)["fields"])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
