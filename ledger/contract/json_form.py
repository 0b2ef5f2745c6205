"""Events in the form for people: JSON Lines, the command line, Python calls.

`{"type": "DataShared", "event_id": "<UUID>", "occurred_at": "2018-05-25T06:00:00.000000Z", ...}`: ids are UUID
strings, instants RFC 3339 in UTC with microseconds, salt hexadecimal, other bytes base64. Reading takes any offset
but refuses a time without one. Must never put a value of an event into an error: an error names event, field and
rule. Source of the rules: RFC 3339, RFC 9562, docs/architecture.md section 2.
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from ledger.contract import schema_store
from ledger.contract.broken_rules import NO_VALUE, BrokenRuleError, Rule
from ledger.errors import DataError

Convert = Callable[[Any], Any]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  UTC by definition; printing it costs a third of an aware one
_MICROSECOND: Final = timedelta(microseconds=1)
_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class FieldError(DataError):
    """A field of an event breaks its contract. Carries event, field and rule; never the value."""

    def __init__(self, operation: str, event: str, field: str, rule: Rule, *, hint: str | None = None) -> None:
        super().__init__(f"cannot {operation} {event}, field {field}: {rule}", hint=hint)
        self.event = event
        self.field = field
        self.rule = rule


def instant_to_text(micros: int) -> str:
    """Write an instant as RFC 3339 in UTC with microseconds and `Z`.

    Raises: OverflowError outside the years 1 to 9999.
    """
    return (_NAIVE_EPOCH + timedelta(microseconds=micros)).isoformat(timespec="microseconds") + "Z"


def text_to_instant(text: str) -> int:
    """Read an RFC 3339 instant with an offset: microseconds since 1970 UTC.

    Raises: ValueError, whose text holds nothing of the input.
    """
    if not _RFC_3339.fullmatch(text):
        raise BrokenRuleError(Rule("no_time", "expected an RFC 3339 time with offset, such as 2018-05-25T06:00:00Z"))
    try:
        return datetime_to_instant(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        raise BrokenRuleError(Rule("no_moment", "expected a time that exists")) from None


def datetime_to_instant(moment: datetime) -> int:
    """Turn an aware datetime into microseconds since 1970 UTC. Raises: ValueError when it is naive."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise BrokenRuleError(Rule("no_time", "expected a time with offset, got a naive one"))
    return (moment - _EPOCH) // _MICROSECOND


def to_json(type_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Turn raw fields into the JSON form, `type` first, then the fields in the schema's order; fields that are absent
    stay absent.

    Raises:
        UnknownSchemaError: no such event type.
        FieldError: a field is unknown or of the wrong type.
    """
    return {"type": type_name, **_apply("print", type_name, fields, _converters(type_name)[0])}


def from_json(obj: Mapping[str, Any], *, may_lack: Collection[str] = ()) -> tuple[str, dict[str, Any]]:
    """Turn the JSON form into the type name and raw fields, defaults filled in.

    may_lack: names of fields without default that may be absent all the same, because the caller adds them (event_id,
    salt). An instant may also be an aware datetime, an id a uuid.UUID.

    Raises:
        FieldError: no type, an unknown type or field, a field missing or of the wrong form.
    """
    type_name = obj.get("type")
    try:
        convert = _converters(type_name)[1] if isinstance(type_name, str) else None
    except schema_store.UnknownSchemaError:
        convert = None
    if convert is None or not isinstance(type_name, str):
        raise FieldError("read", "event", "type", Rule("other_form", "expected the name of an event type"), hint="`ledger schema show` lists them")
    given = {name: value for name, value in obj.items() if name != "type"}
    fields = _apply("read", type_name, given, convert)
    for field in schema_store.schema(type_name)["fields"]:
        name = field["name"]
        if name not in fields:
            if "default" in field:
                fields[name] = list(field["default"]) if isinstance(field["default"], list) else field["default"]
            elif name not in may_lack:
                raise FieldError("read", type_name, name, NO_VALUE)
    return type_name, fields


def _apply(operation: str, type_name: str, fields: Mapping[str, Any], converters: Mapping[str, Convert]) -> dict[str, Any]:
    if not converters.keys() >= fields.keys():
        raise FieldError(
            operation,
            type_name,
            "*",
            Rule("other_field", f"expected only fields of {type_name}, got another"),
            hint=f"`ledger schema show {type_name}`",
        )
    result: dict[str, Any] = {}
    for name, convert in converters.items():
        if name in fields:
            try:
                result[name] = convert(fields[name])
            except BrokenRuleError as fault:
                raise FieldError(operation, type_name, name, fault.rule) from None
            except (ValueError, TypeError, OverflowError, AttributeError):
                raise FieldError(operation, type_name, name, Rule("other_form", "expected a value of the field's type")) from None
    return result


@cache
def _converters(type_name: str) -> tuple[dict[str, Convert], dict[str, Convert]]:
    """Build, once for each event type, the converters of its fields: (to JSON, from JSON), in the schema's order."""
    return _record_converters(schema_store.schema(type_name), {})


def _record_converters(schema: schema_store.Schema, named: dict[str, Any]) -> tuple[dict[str, Convert], dict[str, Convert]]:
    pairs = {field["name"]: _pair(field["type"], named) for field in schema["fields"]}
    return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}


def _pair(node: Any, named: dict[str, Any]) -> tuple[Convert, Convert]:
    """Return (to JSON, from JSON) of one type. named: the types defined so far, since a later mention is by name
    alone.
    """
    if isinstance(node, list):
        out, back = _pair(node[1], named)
        return (lambda value: None if value is None else out(value)), (lambda value: None if value is None else back(value))
    if isinstance(node, str):
        node = named.get(node, {"type": node})
    if node["type"] in ("fixed", "enum", "record"):
        named[node["name"]] = node
    match node:
        case {"logicalType": "timestamp-micros"}:
            return instant_to_text, _read_instant
        case {"logicalType": "uuid"}:
            return (lambda value: str(uuid.UUID(bytes=value))), _read_uuid
        case {"type": "fixed", "size": size}:
            return (lambda value: value.hex()), lambda value: _read_hex(value, size)
        case {"type": "bytes"}:
            return (lambda value: base64.b64encode(value).decode()), _read_base64
        case {"type": "enum", "symbols": symbols}:
            return (lambda value: _read_symbol(value, symbols),) * 2
        case {"type": "array", "items": items}:
            out, back = _pair(items, named)
            return (lambda value: [out(item) for item in value]), lambda value: [back(item) for item in _read_list(value)]
        case {"type": "record"}:
            outs, backs = _record_converters(node, named)
            return (lambda value: _print_record(value, outs)), lambda value: _read_record(value, node, backs)
        case {"type": "int" | "long"}:
            return (_read_integer,) * 2
        case _:
            return (_read_text,) * 2


def _print_record(value: Mapping[str, Any], converters: Mapping[str, Convert]) -> dict[str, Any]:
    return {name: convert(value[name]) for name, convert in converters.items() if name in value}


def _read_record(value: Any, schema: schema_store.Schema, converters: Mapping[str, Convert]) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not converters.keys() >= value.keys():
        raise BrokenRuleError(Rule("other_field", f"expected an object with only the fields of {schema['name']}"))
    result: dict[str, Any] = {}
    for field in schema["fields"]:
        name = field["name"]
        if name in value:
            result[name] = converters[name](value[name])
        elif "default" in field:
            result[name] = field["default"]
        else:
            raise BrokenRuleError(Rule("no_value", f"expected {schema['name']}.{name}, got none"))
    return result


def _read_instant(value: Any) -> int:
    if isinstance(value, datetime):
        return datetime_to_instant(value)
    return text_to_instant(_read_text(value))


def _read_uuid(value: Any) -> bytes:
    if isinstance(value, uuid.UUID):
        return value.bytes
    try:
        found = uuid.UUID(_read_text(value))
    except ValueError:
        found = None
    if found is None or str(found) != value.lower():
        raise BrokenRuleError(Rule("no_id", "expected a UUID such as 0190c2a4-7b00-7000-8000-000000000001"))
    return found.bytes


def _read_hex(value: Any, size: int) -> bytes:
    try:
        found = bytes.fromhex(_read_text(value))
    except ValueError:
        found = b""
    if len(found) != size:
        raise BrokenRuleError(Rule("other_form", f"expected {size} bytes in hexadecimal"))
    return found


def _read_base64(value: Any) -> bytes:
    try:
        return base64.b64decode(_read_text(value), validate=True)
    except binascii.Error:
        raise BrokenRuleError(Rule("other_form", "expected bytes in base64")) from None


def _read_symbol(value: Any, symbols: list[str]) -> str:
    if not isinstance(value, str) or value not in symbols:
        raise BrokenRuleError(Rule("no_choice", "expected one of " + ", ".join(symbols)))
    return value


def _read_list(value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        raise BrokenRuleError(Rule("other_form", f"expected a list, got {type(value).__name__}"))
    return value


def _read_integer(value: Any) -> int:
    if type(value) is not int:
        raise BrokenRuleError(Rule("no_number", f"expected an integer, got {type(value).__name__}"))
    return value


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise BrokenRuleError(Rule("other_form", f"expected text, got {type(value).__name__}"))
    return value
