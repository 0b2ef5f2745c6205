"""Check an event before it leaves, and write each field's Avro bytes in the same step.

Most strings of a service repeat (its stores, purposes, recipients), so the bytes of a checked value are remembered: a
value found in the memory is known to be right, and encoding it again costs one look-up. Only checked values are ever in
there. Must never put a value of an event into an error. Sources: docs/emitting.md (the contract), Apache Avro 1.12 binary
encoding; a property test holds these bytes equal to the codec's for every event type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol

from ledger.contract import schema_store
from ledger.contract.broken_rules import NO_VALUE, BrokenRuleError, Rule, did_you_mean
from ledger.contract.json_form import FieldError, datetime_to_instant, text_to_instant
from ledger.contract.wire_writer import long_bytes
from ledger.core.events import EVENT_KINDS, OUTCOME_TYPES
from ledger.sdk.event_ids import NO_ID, id_bytes, is_event_id
from ledger.sdk.field_rules import NOT_EMPTY, closest, string_rule

#: Values remembered for each rule, about 200 bytes each: at most 6 MB a rule. When full it starts anew.
MEMORY_MAX: Final = 32_768

# Years 1990 to 2200 in microseconds: seconds, milliseconds or nanoseconds given by mistake fall outside.
INSTANT_MIN: Final = 631_152_000_000_000
INSTANT_MAX: Final = 7_258_118_400_000_000

#: Fields that the emitter fills in for each event; it puts their bytes into place itself.
MADE: Final = ("event_id", "occurred_at", "salt")


class RefusedEventError(FieldError):
    """An event breaks its contract and never left. Carries event, field and rule, never the value. Change the event."""

    def __init__(self, event: str, field: str, rule: Rule, *, hint: str | None = None) -> None:
        super().__init__("emit", event, field, rule, hint=hint)


class Coder(Protocol):
    """Gives the Avro bytes of a value that fits, and raises BrokenRuleError for one that does not."""

    def __getitem__(self, value: Any, /) -> bytes: ...


class RememberingCoder(dict[Any, bytes]):
    """A coder that remembers. Look-ups of known values stay inside the dict; `code` runs for the others."""

    def __init__(self, code: Callable[[Any], bytes]) -> None:
        super().__init__()
        self._code = code

    def __missing__(self, value: Any) -> bytes:
        coded = self._code(value)
        if len(self) >= MEMORY_MAX:
            self.clear()
        self[value] = coded
        return coded


class PlainCoder:
    """A coder that does not remember: for values that do not repeat, or that Python takes for equal (1 and True)."""

    def __init__(self, code: Callable[[Any], bytes]) -> None:
        self._code = code

    def __getitem__(self, value: Any, /) -> bytes:
        return self._code(value)


class EventCheck:
    """The fields of one event type, each with its coder, in the schema's order."""

    def __init__(self, name: str) -> None:
        row = schema_store.latest(name)
        schema = schema_store.schema(name, row.version)
        self.name = name
        self.topic = EVENT_KINDS[name].topic
        self.has_subject = EVENT_KINDS[name].has_subject
        self.header = b"\0" + row.schema_id.to_bytes(4, "big")
        self.order = tuple(field["name"] for field in schema["fields"])
        self.index = {field: number for number, field in enumerate(self.order)}
        self.required = tuple(field["name"] for field in schema["fields"] if "default" not in field or (name, field["name"]) in NOT_EMPTY)
        named: dict[str, Any] = {}
        self.coders: dict[str, Coder] = {}
        self.defaults: dict[str, bytes] = {}
        for field in schema["fields"]:
            coder = _coder(name, field, field["type"], named)
            self.coders[field["name"]] = coder
            if field["name"] not in self.required:
                self.defaults[field["name"]] = b"\0" if field["default"] in (None, []) else coder[field["default"]]
        self.lists = frozenset(field["name"] for field in schema["fields"] if isinstance(field["type"], dict) and field["type"]["type"] == "array")

    def refuse(self, field: str, fault: BrokenRuleError) -> RefusedEventError:
        """Turn a broken rule into the caller's error."""
        return RefusedEventError(self.name, field, fault.rule, hint=fault.hint)

    def check_names(self, given: tuple[str, ...]) -> None:
        """Check that all names are fields of this event and none is missing. given: with those that are filled in.

        Raises:
            RefusedEventError: an unknown field (its name is not repeated: it may be a value in the wrong place), or a
                missing one.
        """
        unknown = [name for name in given if name not in self.index]
        if unknown:
            like = closest(unknown[0], [name for name in self.order if name not in given])
            hint = did_you_mean(like) if like else f"`ledger schema show {self.name}` lists its fields"
            raise RefusedEventError(self.name, "*", Rule("other_field", f"expected only fields of {self.name}, got another"), hint=hint)
        for name in self.required:
            if name not in given:
                raise RefusedEventError(self.name, name, NO_VALUE)


@cache
def event_check(name: str) -> EventCheck:
    """Return the check of one event type that services may emit; made once.

    Raises:
        RefusedEventError: no such type, or one that only the processors and the ticker write.
    """
    if name not in EVENT_KINDS:
        emitted = [known for known in EVENT_KINDS if known not in OUTCOME_TYPES]
        like = closest(name, emitted) if isinstance(name, str) else None
        hint = did_you_mean(like) if like else "docs/emitting.md lists them"
        raise RefusedEventError("event", "type", Rule("other_form", "expected the name of an event type"), hint=hint)
    if name in OUTCOME_TYPES:
        raise RefusedEventError(name, "type", Rule("other_form", "expected an event that services emit, got an outcome: the processors derive those"))
    if name == "TimeReached":
        raise RefusedEventError(name, "type", Rule("other_form", "expected an event that services emit: time is the ticker's"), hint="ledger tick")
    return EventCheck(name)


def instant(value: Any) -> int:
    """Return microseconds since 1970 UTC of an aware datetime, an RFC 3339 text with offset, or such a number.

    Raises:
        BrokenRuleError: a naive time, another type, or outside the years 1990 to 2200.
    """
    if type(value) is int:
        micros = value
    elif isinstance(value, (datetime, str)):
        try:
            micros = datetime_to_instant(value) if isinstance(value, datetime) else text_to_instant(value)
        except BrokenRuleError as fault:
            raise BrokenRuleError(fault.rule, "give the time with its offset, such as datetime.now(UTC)") from None
    else:
        raise BrokenRuleError(Rule("no_time", f"expected a time: an aware datetime or RFC 3339 text, got {type(value).__name__}"))
    if not INSTANT_MIN <= micros <= INSTANT_MAX:
        raise BrokenRuleError(Rule("time_far", "expected a time between 1990 and 2200, in microseconds when given as a number"))
    return micros


def _optional(coder: Coder) -> Coder:
    def code(value: Any) -> bytes:
        return b"\0" if value is None else b"\x02" + coder[value]

    return RememberingCoder(code) if isinstance(coder, RememberingCoder) else PlainCoder(code)


def _coder(event: str, field: Mapping[str, Any], node: Any, named: dict[str, Any]) -> Coder:
    """Make the coder of one type within a field. named: the types defined so far, since a later mention is by name."""
    if isinstance(node, list):
        return _optional(_coder(event, field, node[1], named))
    if isinstance(node, str):
        node = named.get(node, {"type": node})
    if node["type"] in ("fixed", "enum", "record"):
        named[node["name"]] = node
    match node:
        case {"type": "string"}:
            return string_coder(field["name"], field.get("terms"))
        case {"logicalType": "timestamp-micros"}:
            return PlainCoder(lambda value: long_bytes(instant(value)))
        case {"type": "fixed", "logicalType": "uuid"}:
            return RememberingCoder(_code_event_id if field["name"] == "event_id" else _code_id)
        case {"type": "fixed", "size": size}:
            return PlainCoder(lambda value: _code_fixed(value, size))
        case {"type": "bytes"}:
            return PlainCoder(_code_bytes)
        case {"type": "enum", "symbols": symbols}:
            return _enum_coder(symbols, required="default" not in field)
        case {"type": "array", "items": items}:
            return _list_coder(_coder(event, field, items, named), not_empty=(event, field["name"]) in NOT_EMPTY)
        case {"type": "record", "fields": fields}:
            coders = {each["name"]: _coder(event, each, each["type"], named) for each in fields}
            return PlainCoder(lambda value: _code_record(value, coders))
        case {"type": "int" | "long"}:
            return PlainCoder(_code_integer)
    raise TypeError(f"cannot check a field: expected a type that the linter allows, got {node['type']}")


@cache
def string_coder(field: str, code_list: str | None = None) -> RememberingCoder:
    """Return the coder of a string field, shared by all events that have such a field."""
    rule = string_rule(field, code_list)

    def code(value: Any) -> bytes:
        if not isinstance(value, str):
            raise BrokenRuleError(Rule("other_form", f"expected text, got {type(value).__name__}"))
        rule(value)
        try:
            encoded = value.encode()
        except UnicodeEncodeError:
            raise BrokenRuleError(Rule("other_form", "expected text that UTF-8 can hold")) from None
        return long_bytes(len(encoded)) + encoded

    return RememberingCoder(code)


def _enum_coder(symbols: list[str], *, required: bool) -> Coder:
    allowed = symbols[1:] if required else symbols  # the first is UNKNOWN: it stands for a symbol newer than the reader

    def code(value: Any) -> bytes:
        if not isinstance(value, str) or value not in allowed:
            raise BrokenRuleError(Rule("no_choice", "expected one of " + ", ".join(symbols[1:])))
        return long_bytes(symbols.index(value))

    return RememberingCoder(code)


def _list_coder(item: Coder, *, not_empty: bool) -> Coder:
    """Code a tuple of values; the caller makes the tuple (see `as_tuple`), since a list cannot be looked up."""

    def code(values: tuple[Any, ...]) -> bytes:
        if not values:
            if not_empty:
                raise BrokenRuleError(Rule("no_entry", "expected at least one entry, got none"))
            return b"\0"
        if is_remembering and len(set(values)) != len(values):
            raise BrokenRuleError(Rule("twice", "expected each entry once, got one again"))
        return long_bytes(len(values)) + b"".join([item[value] for value in values]) + b"\0"

    is_remembering = isinstance(item, RememberingCoder)  # entries that can be looked up can be compared; records cannot
    return RememberingCoder(code) if is_remembering else PlainCoder(code)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Return a list or tuple as a tuple. Raises: BrokenRuleError, also for a string: that would be a list of letters."""
    if isinstance(value, (list, tuple)):
        return tuple(value)
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(value, key=str))
    raise BrokenRuleError(Rule("other_form", f"expected a list, got {type(value).__name__}"))


def _code_id(value: Any) -> bytes:
    try:
        return id_bytes(value)
    except ValueError:
        raise BrokenRuleError(NO_ID) from None


def _code_event_id(value: Any) -> bytes:
    """Other ids may be those of outcomes, which are digests; an event's own says that someone made it for this event."""
    coded = _code_id(value)
    if not is_event_id(coded):
        rule = Rule("no_id", "expected a UUID of version 1 to 8, got another")
        raise BrokenRuleError(rule, "leave event_id out to get a new one, or make one with uuid.uuid4()")
    return coded


def _code_fixed(value: Any, size: int) -> bytes:
    if type(value) is not bytes or len(value) != size:
        raise BrokenRuleError(Rule("other_form", f"expected {size} bytes"))
    return value


def _code_bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise BrokenRuleError(Rule("other_form", f"expected bytes, got {type(value).__name__}"))
    return long_bytes(len(value)) + value


def _code_integer(value: Any) -> bytes:
    if type(value) is not int or not 0 <= value < 1 << 62:
        raise BrokenRuleError(Rule("no_number", "expected a whole number from 0"))
    return long_bytes(value)


def _code_record(value: Any, coders: Mapping[str, Coder]) -> bytes:
    if not isinstance(value, Mapping) or not coders.keys() >= value.keys():
        raise BrokenRuleError(Rule("other_field", "expected a mapping with only the fields " + ", ".join(coders)))
    parts = []
    for name, coder in coders.items():
        try:
            parts.append(coder[value.get(name)])
        except BrokenRuleError as fault:
            raise BrokenRuleError(fault.rule.within(name), fault.hint) from None
    return b"".join(parts)
