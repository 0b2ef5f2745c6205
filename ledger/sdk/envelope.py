"""From a call's arguments to a message: envelope filled in, every field checked and encoded, headers built.

The one core of all emitters (sync, asyncio, recorder). Does no I/O of its own: the ledger's time comes from the `Clock` it
is given. Must never put a value of an event into an error. Sources: docs/architecture.md section 2 (wire format and
headers), docs/emitting.md. Byte-equal to `codec.encode` and `cloudevents_headers` by test.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping
from os import register_at_fork
from typing import Any, Final, NamedTuple, Protocol

from ledger.contract.broken_rules import NO_VALUE, BrokenRuleError, Hint, Rule
from ledger.contract.codec import MESSAGE_BYTES_MAX
from ledger.contract.json_form import instant_to_text
from ledger.sdk.event_ids import IdMaker, id_text
from ledger.sdk.to_seal import OF_LOOK_UPS, ROLE, Sealing, ToSeal
from ledger.sdk.validation import MADE, MEMORY_MAX, Coder, EventCheck, RefusedEventError, as_tuple, event_check, instant, string_coder

_SHAPES_MAX: Final = 512  # sets of field names seen, about 2 kB each; a service has a handful
_SPEC_VERSION: Final = ("ce_specversion", b"1.0")
_CONTENT_TYPE: Final = ("content-type", b"application/avro")
#: Room for key, headers and the batch's own framing below the topic's max.message.bytes.
VALUE_BYTES_MAX: Final = MESSAGE_BYTES_MAX - 4096


class Clock(Protocol):
    """What time it is on the ledger, in microseconds since 1970 UTC. Both may ask the log, by the deadline.

    wall_micros: this machine's clock, already read. deadline: time.monotonic().
    """

    may_ask_the_log: bool

    def now(self, wall_micros: int, deadline: float) -> int:
        """Return the `occurred_at` of an event that names none."""

    def allows(self, occurred_at: int, wall_micros: int, deadline: float) -> bool:
        """Say whether an event may have occurred then: not later than the ledger's time plus the allowed skew."""

    def taken_from(self, occurred_at: int) -> int:
        """Return the earliest broker time, in milliseconds, at which the processors take such an event."""


class Message(NamedTuple):
    """What goes to the broker. key and headers as docs/architecture.md section 2. taken_from: the earliest broker time, in milliseconds, at
    which the processors take it.
    """

    event_id: str
    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    taken_from: int


class _Shape:
    """One set of given field names of one event type: the bytes of what is not given, and where the given ones go."""

    __slots__ = ("at", "check", "coders", "given_controller", "lists", "salt", "source_header", "subject", "template", "type_header")

    def __init__(self, check: EventCheck, names: tuple[str, ...], defaults: Mapping[str, str]) -> None:
        filled = {name: value for name, value in defaults.items() if name in check.index and name not in names}
        if "by" in check.required and "by" not in names and "controller" in filled:
            filled["by"] = filled["controller"]  # a service reports the deeds of its own controller, unless it says whose
        made = (*MADE, "subject_ref") if check.has_subject else MADE
        check.check_names((*names, *filled, *made))
        self.check = check
        self.template = [check.header, *(check.defaults.get(name, b"") for name in check.order)]
        for name, value in filled.items():
            self.template[check.index[name] + 1] = check.coders[name][value]
        slots = [(check.index[name] + 1, name, check.coders[name]) for name in names]
        self.coders: list[tuple[int, str, Coder]] = [slot for slot in slots if slot[1] not in check.lists]
        self.lists: list[tuple[int, str, Coder]] = [slot for slot in slots if slot[1] in check.lists]
        self.at = check.index["occurred_at"] + 1
        self.salt = check.index["salt"] + 1
        self.subject = check.index["subject_ref"] + 1 if check.has_subject else 0
        self.given_controller = "controller" in names
        self.type_header = ("ce_type", b"ledger." + check.name.encode())
        self.source_header = None if "source" in names else ("ce_source", filled["source"].encode())


class Envelope:
    """Makes messages for one emitter. Safe to share between threads; a forked child gets fresh randomness."""

    def __init__(self, clock: Clock, defaults: Mapping[str, str | None], vault: Sealing | None = None) -> None:
        """clock: the ledger's time. defaults: controller, source, actor; checked here, and used where an event names none. vault: seals `ToSeal`.

        Raises:
            RefusedEventError: a default breaks the rule of its field.
        """
        self._clock = clock
        self._vault = vault
        self.may_ask_the_log = clock.may_ask_the_log or vault is not None  # then `message` may wait
        self._defaults = {name: value for name, value in defaults.items() if value is not None}
        for name, value in self._defaults.items():
            try:
                string_coder(name)[value]
            except BrokenRuleError as fault:
                raise RefusedEventError("Emitter", name, fault.rule, hint=fault.hint) from None
        self._controller = self._defaults.get("controller", "")
        self._shapes: dict[tuple[str, tuple[str, ...]], _Shape] = {}
        self._subjects: dict[str, tuple[bytes, bytes, tuple[str, bytes], tuple[str, bytes]]] = {}
        self._seconds: dict[int, str] = {}
        self._renew()
        _ENVELOPES.add(self)

    def _renew(self) -> None:
        """Start ids anew: a forked child that went on with its parent's random bytes would repeat its parent's salts."""
        self._ids = IdMaker()

    def ledger_time(self, deadline: float) -> int:
        """Return the `occurred_at` that an event would get now. Raises: LedgerError when it could not be read by the deadline."""
        return self._clock.now(time.time_ns() // 1000, deadline)

    def message(
        self,
        type_name: str,
        subject: str | None,
        event_id: Any,
        occurred_at: Any,
        salt: bytes | None,
        fields: dict[str, Any],
        deadline: float,
    ) -> Message:
        """Check one event and encode it. fields: all others, by the schema's names; not changed.

        Raises:
            RefusedEventError: the event breaks its contract.
            LedgerError: the ledger's time could not be read by the deadline.
        """
        if "subject_ref" in fields:
            fields = fields.copy()
            subject = fields.pop("subject_ref")
        if type_name == _LOOK_UP:
            event_id, occurred_at, fields = self._look_up(subject, event_id, occurred_at, fields, deadline)
        elif "sealed" in fields and isinstance(fields["sealed"], ToSeal):
            event_id, fields = self._sealed(type_name, subject, event_id, fields)
        names = tuple(fields)
        shape = self._shapes.get((type_name, names)) or self._learn_shape(type_name, names)
        parts = shape.template.copy()
        name = "*"
        try:
            for index, name, coder in shape.coders:
                parts[index] = coder[fields[name]]
            for index, name, coder in shape.lists:
                parts[index] = coder[as_tuple(fields[name])]
            wall_ns = time.time_ns()
            wall = wall_ns // 1000
            identity, new_salt = self._ids.make(wall_ns)
            if event_id is not None:
                name = "event_id"
                identity = shape.check.coders[name][event_id]
            if salt is not None:
                name = "salt"
                new_salt = shape.check.coders[name][salt]
            name = "occurred_at"
            if occurred_at is None:
                at = self._clock.now(wall, deadline)
            else:
                at = instant(occurred_at)
                if not self._clock.allows(at, wall, deadline):
                    raise BrokenRuleError(_LATER, _LATER_HINT)
            name = "subject_ref"
            if not shape.subject:
                if subject is not None:
                    rule = Rule("other_form", f"expected none: {shape.check.name} is about the controller, not about one subject")
                    raise BrokenRuleError(rule)
                about = None
            else:
                about = self._subjects.get(subject) or self._learn_subject(subject)  # type: ignore[arg-type]
        except BrokenRuleError as fault:
            raise shape.check.refuse(name, fault) from None
        except TypeError:  # a value that cannot be looked up, such as a list where one word belongs
            got = type(subject if name == "subject_ref" else fields.get(name)).__name__
            raise RefusedEventError(type_name, name, Rule("other_form", f"expected another type, got {got}")) from None
        parts[1] = identity
        parts[shape.at] = _instant_bytes(at)
        parts[shape.salt] = new_salt
        text = id_text(identity)
        source_header = shape.source_header or ("ce_source", fields["source"].encode())
        headers = [_SPEC_VERSION, ("ce_id", text.encode()), source_header, shape.type_header, ("ce_time", self._time_text(at))]
        if about is None:
            key = (fields["controller"] if shape.given_controller else self._controller).encode()
            headers += (("ce_partitionkey", key), _CONTENT_TYPE)
        else:
            parts[shape.subject], key, subject_header, key_header = about
            if shape.given_controller:
                key = f"{fields['controller']}/{subject}".encode()
                key_header = ("ce_partitionkey", key)
            headers += (subject_header, key_header, _CONTENT_TYPE)
        value = b"".join(parts)
        if len(value) > VALUE_BYTES_MAX:
            rule = Rule("too_long", f"expected at most {VALUE_BYTES_MAX} bytes encoded, got {len(value)}")
            raise RefusedEventError(type_name, "*", rule)
        return Message(text, shape.check.topic, key, value, headers, self._clock.taken_from(at))

    def _sealed(self, type_name: str, subject: str | None, event_id: Any, fields: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The event's id, made now since the ciphertext belongs to it, and its fields with the values sealed."""
        check = event_check(type_name)
        controller = fields.get("controller", self._controller)
        name = "sealed"
        try:
            if self._vault is None:
                rule = Rule("no_vault", "expected an emitter that has a vault, got one without")
                raise BrokenRuleError(rule, "Emitter(..., vault=vault): docs/vault.md")
            if not check.has_subject or not isinstance(subject, str) or not isinstance(controller, str):
                raise BrokenRuleError(Rule("other_form", "expected an event about one subject: values are sealed under a subject's key"))
            name = "event_id"
            made = self._ids.event_id() if event_id is None else check.coders[name][event_id]
        except BrokenRuleError as fault:
            raise check.refuse(name, fault) from None
        return made, fields | {"sealed": self._vault.seal(controller, subject, type_name, made, fields["sealed"].values)}

    def _look_up(
        self, subject: str | None, event_id: Any, occurred_at: Any, fields: dict[str, Any], deadline: float
    ) -> tuple[Any, Any, dict[str, Any]]:
        """A look-up's id and time, made now since the ciphertext belongs to them, and its fields with who looked sealed under the day's key.

        Without a vault nobody but a role may be named: in clear it would stand on the log for ever, and the log of look-ups is to forget.
        """
        given, actor = fields.get("sealed"), fields.get("actor", self._defaults.get("actor"))
        if not isinstance(given, ToSeal) and (actor is None or ((given is not None or self._vault is None) and _is_role(actor))):
            return event_id, occurred_at, fields
        check, name = event_check(_LOOK_UP), "sealed" if isinstance(given, ToSeal) else "actor"
        controller = fields.get("controller", self._controller)
        try:
            if self._vault is None:
                raise BrokenRuleError(Rule("no_vault", "expected an emitter that has a vault, or a role (`role:...`), got neither"), _NO_VAULT_HINT)
            if given is not None and not isinstance(given, ToSeal):
                raise BrokenRuleError(Rule("other_form", "expected a role (`role:...`) beside what was sealed elsewhere, got another"))
            values = {**given.values} if given is not None else {}
            if actor is not None:
                values["actor"] = actor
            name = "sealed"
            if not OF_LOOK_UPS.issuperset(values):
                rule = Rule("other_form", f"expected of a look-up only {', '.join(sorted(OF_LOOK_UPS))}")
                raise BrokenRuleError(rule, "seal what is about the person elsewhere")
            if not isinstance(subject, str) or not isinstance(controller, str):
                raise BrokenRuleError(Rule("other_form", "expected a subject and a controller, got neither or another type"))
            name = "event_id"
            made = self._ids.event_id() if event_id is None else check.coders[name][event_id]
            name = "occurred_at"
            wall = time.time_ns() // 1000
            at = self._clock.now(wall, deadline) if occurred_at is None else instant(occurred_at)
            if occurred_at is not None and not self._clock.allows(at, wall, deadline):
                raise BrokenRuleError(_LATER, _LATER_HINT)
        except BrokenRuleError as fault:
            raise check.refuse(name, fault) from None
        return made, at, fields | {"actor": None, "sealed": self._vault.seal_look_up(controller, subject, made, at, values)}

    def _learn_shape(self, type_name: str, names: tuple[str, ...]) -> _Shape:
        check = event_check(type_name)
        try:
            shape = _Shape(check, names, self._defaults)
        except BrokenRuleError as fault:
            raise check.refuse("*", fault) from None
        if len(self._shapes) >= _SHAPES_MAX:
            self._shapes.clear()
        self._shapes[type_name, names] = shape
        return shape

    def _learn_subject(self, subject: str | None) -> tuple[bytes, bytes, tuple[str, bytes], tuple[str, bytes]]:
        """Check a subject reference and keep what every event about it needs: its bytes, its key, its two headers."""
        if subject is None:
            raise BrokenRuleError(NO_VALUE)
        coded = string_coder("subject_ref")._code(subject)
        key = f"{self._controller}/{subject}".encode()
        about = (coded, key, ("ce_subject", subject.encode()), ("ce_partitionkey", key))
        if len(self._subjects) >= MEMORY_MAX:
            self._subjects.clear()
        self._subjects[subject] = about
        return about

    def _time_text(self, micros: int) -> bytes:
        """Return RFC 3339 with microseconds; the text of the whole second is kept, since events come in bursts."""
        second, rest = divmod(micros, 1_000_000)
        text = self._seconds.get(second)
        if text is None:
            if len(self._seconds) >= 4096:
                self._seconds.clear()
            text = self._seconds[second] = instant_to_text(second * 1_000_000)[:-7]
        return b"%s%06dZ" % (text.encode(), rest)


def _is_role(actor: Any) -> bool:
    return isinstance(actor, str) and actor.startswith(ROLE)


_LOOK_UP: Final = "DataConsulted"
_NO_VAULT_HINT: Final = "Emitter(..., vault=vault) seals who looked: docs/vault.md section 9; or leave actor out"
_LATER: Final = Rule("time_later", "expected a time that has come on this ledger, got a later one")
_LATER_HINT: Final = Hint("clock", "check the clock of this machine; on a simulated ledger, `ledger tick` moves the time")
_ENVELOPES: Final[weakref.WeakSet[Envelope]] = weakref.WeakSet()


def _renew_all() -> None:
    for envelope in list(_ENVELOPES):
        envelope._renew()


register_at_fork(after_in_child=_renew_all)


def _instant_bytes(micros: int) -> bytes:
    """Write an instant of the years 1990 to 2200 as a zigzag varint: doubled it has 51 to 53 bits, so always eight bytes."""
    n = micros << 1
    return bytes(
        (
            n & 127 | 128,
            n >> 7 & 127 | 128,
            n >> 14 & 127 | 128,
            n >> 21 & 127 | 128,
            n >> 28 & 127 | 128,
            n >> 35 & 127 | 128,
            n >> 42 & 127 | 128,
            n >> 49,
        )
    )
