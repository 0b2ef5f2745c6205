"""Records of one partition of `facts` -> entries to fold: decodes, refuses with a reason, drops repeats, minds the order of register copies.

Must never fold, read a clock or call Kafka: only the `SubjectStore` port is asked, and only for event ids that may be repeats. However the
records are cut into batches, each is an entry, refused or a repeat. Rules: docs/architecture.md sections 1 and 4.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, Protocol

from ledger.contract import codec
from ledger.core.delta import NOBODY, Row
from ledger.core.events import FACT_TYPES, REGISTER_TYPES
from ledger.core.ids import REGISTER_REF, message_key, partition_of
from ledger.core.instants import CLOCK_SKEW_SECONDS, TIME_MAX, TIME_MIN
from ledger.core.limits import LIST_ENTRIES_MAX, TEXT_BYTES_MAX
from ledger.core.subject import Subject
from ledger.errors import LedgerError, OperatorError
from ledger.folding.ports import Progress, SubjectStore

Record = tuple[int, int, bytes | None, bytes | None, Any]
"""(offset, broker time in milliseconds, key, value, headers): headers as a sequence of (name, bytes) or a function that gives one."""

Entry = tuple[int, int, str, bytes | None, dict[str, Any], bytes, int]
"""(offset, broker time in microseconds, type, key or None for a register copy, fields, value, register offset or -1)."""

Refused = tuple[int, int, str, bytes | None]
"""(offset, broker time in microseconds, reason, value)."""

REGISTER_OFFSET_HEADER = "ledger-register-offset"
LEFT_OUT_HEADER = "ledger-left-out"
"""On a copy without a value: why the broadcaster left it out. In a dead letter such a copy is `oversize`."""
KEY_BYTES_MAX = 1000
"""Of a message key: far above any pseudonym, far below what an index row holds."""
RECENT_EVENTS_MAX = 200_000
"""Event ids remembered to drop repeats without asking the store: some 30 MB. Those not yet committed are kept besides."""

_TEXTS_OF = {
    "DataCollected": itemgetter("store", "activity", "legal_basis", "statute", "country", "ref"),
    "DataShared": itemgetter(
        "by", "recipient", "recipient_role", "purpose", "legal_basis", "ref", "product", "country", "safeguard", "agreement", "store"
    ),
    "DataErased": itemgetter("certificate_ref", "by"),
    "DataUsed": itemgetter("by", "purpose"),
    "DataRectified": itemgetter("by", "ref"),
    "RequestReceived": itemgetter("request_ref", "request_ref"),
    "MilestoneReached": itemgetter("kind", "ref"),
    "DisclosureRequested": itemgetter("disclosure_ref", "ground"),
    "DisclosureDecided": itemgetter("disclosure_ref", "disclosure_ref"),
    "BreachRecorded": itemgetter("breach_ref", "store", "recipient", "report_ref"),
    "AuthorityNotified": itemgetter("breach_ref", "authority"),
    "StatementRequested": itemgetter("statement_ref", "statement_ref"),
    "StatementGiven": itemgetter("statement_ref", "statement_ref"),
    "AgreementChanged": itemgetter("recipient", "agreement"),
}
"""What of a record stands in a text column: PostgreSQL's text holds no zero byte, and one row it refuses would stop the partition for good."""

_INSTANTS_OF = {
    "BreachRecorded": itemgetter("occurred_at", "aware_at", "window_from", "window_until"),
    "AuthorityNotified": itemgetter("occurred_at", "notified_at"),
    "StatementRequested": itemgetter("occurred_at", "occurred_at"),
    "StatementGiven": itemgetter("occurred_at", "occurred_at"),
    "AgreementChanged": itemgetter("occurred_at", "in_force_from"),
}
"""What of a register event is a moment that a term is counted from."""

_FACTS, _REGISTER = frozenset(FACT_TYPES), frozenset(REGISTER_TYPES)


class Reads(Protocol):
    """What gives a fold its entries. next_offset, register_next, duplicates: where it stands, as `Progress`."""

    next_offset: int
    register_next: int
    duplicates: int

    def read(self, records: Sequence[Any]) -> tuple[list[Entry], list[Refused]]: ...
    def forget(self, uncommitted: int) -> None: ...
    def clear(self) -> None: ...


class RegisterGapError(OperatorError):
    """A register event is missing in this partition, or the copy is not the broadcaster's: no verdict after it can be trusted."""


class Reading:
    """Where one partition is read up to, and which event ids came lately. One caller, records in offset order.

    Every record ends in exactly one place: an entry, refused, or counted in `duplicates`.

    store: what is committed. progress: where to go on. simulated: the kind of ledger. subjects: those in memory by message key, whose place
    is known to be right. check_policy: raises a LedgerError for a register event that cannot be taken in. recent_events_max: event ids kept.
    """

    def __init__(
        self,
        topic: str,
        partition: int,
        store: SubjectStore,
        *,
        partitions: int,
        progress: Progress,
        simulated: bool,
        subjects: Mapping[bytes, Subject],
        check_policy: Callable[[str, dict[str, Any]], None],
        recent_events_max: int = RECENT_EVENTS_MAX,
    ) -> None:
        self.next_offset, self.register_next, self.duplicates = progress.next_offset, progress.register_next, progress.duplicates
        self._topic, self._partition, self._partitions, self._simulated = topic, partition, partitions, simulated
        self._store, self._subjects, self._check_policy, self._recent_max = store, subjects, check_policy, recent_events_max
        self._recent: dict[bytes, str] = {}
        self._floor = store.newest_event_id(partition) or b""

    def read(self, records: Sequence[Record]) -> tuple[list[Entry], list[Refused]]:
        """Decode and refuse. Records already read are passed over; the entries are in order, readable, in the right place and no repeats.

        Raises:
            OperatorError: a gap in the offsets, or in the register offsets. This object is spent then.
        """
        entries: list[Entry] = []
        refused: list[Refused] = []
        questionable: set[bytes] = set()
        subjects, recent, floor = self._subjects, self._recent, self._floor
        decode, expected, skew = codec.decode, self.next_offset, TIME_MAX if self._simulated else CLOCK_SKEW_SECONDS * 1_000_000
        for offset, timestamp, key, value, headers in records:
            if offset != expected:
                if offset < expected:
                    continue
                raise OperatorError(
                    f"cannot fold {self._topic}-{self._partition}: expected offset {expected}, got {offset}",
                    hint="records are missing on the broker; restore the topic, or start a new ledger",
                )
            expected += 1
            recorded, register_offset = timestamp * 1000, -1
            try:
                type_name, fields = decode(value or b"")
            except codec.DecodeError as error:
                self._put_aside(refused, offset, recorded, key, headers, error.reason, value)
                continue
            if type_name in _FACTS:
                subject = subjects.get(key or b"")
                ref = fields["subject_ref"]
                if subject is None or subject.controller != fields["controller"] or subject.subject_ref != ref or ref == REGISTER_REF:
                    reason = self._misplaced(key, fields)
                    if reason is not None:
                        self._put_aside(refused, offset, recorded, key, headers, reason, value)
                        continue
                if not TIME_MIN <= fields["occurred_at"] <= min(recorded + skew, TIME_MAX):
                    refused.append((offset, recorded, "future" if fields["occurred_at"] > recorded else "impossible_time", value))
                    continue
                if type_name in _TEXTS_OF and _has_zero_byte(type_name, fields):
                    refused.append((offset, recorded, "zero_byte", value))
                    continue
                if value is not None and len(value) > TEXT_BYTES_MAX and (reason := _too_much(fields)) is not None:
                    refused.append((offset, recorded, reason, value))
                    continue
            elif type_name in _REGISTER:
                register_offset = _register_offset(key, headers)
                if register_offset < 0:
                    refused.append((offset, recorded, "not_a_copy", value))
                    continue
                if not self._is_next_copy(offset, register_offset):
                    self.duplicates += 1
                    continue
                if type_name == "TimeReached":
                    entries.append((offset, recorded, type_name, None, fields, value or b"", register_offset))
                    continue
                if (reason := _unfit(type_name, fields)) is not None:
                    refused.append((offset, recorded, reason, value))
                    continue
                try:
                    self._check_policy(type_name, fields)
                except LedgerError:
                    refused.append((offset, recorded, "unreadable_policy", value))
                    continue
            else:
                self._put_aside(refused, offset, recorded, key, headers, "not_a_fact", value)
                continue
            event_id = fields["event_id"]
            source = recent.get(event_id)
            if source is None:
                if event_id <= floor:
                    questionable.add(event_id)
                recent[event_id] = fields["source"]
            elif event_id not in questionable:
                self._repeated(refused, offset, recorded, value, source == fields["source"])
                continue
            entries.append((offset, recorded, type_name, key, fields, value or b"", register_offset))
        self.next_offset = expected
        return (self._without_repeats(entries, questionable, refused) if questionable else entries), refused

    def forget(self, uncommitted: int) -> None:
        """Let go of the oldest event ids. uncommitted: the first offset that the store may not have yet."""
        # A record brings one id at most, in order: so many of the last ones the store may not know yet, and it must not be asked for them.
        excess = len(self._recent) - max(self._recent_max, self.next_offset - uncommitted)
        if excess > 0:
            # In one walk: looking for the first id again and again passes over all places left empty, a second per batch.
            forgotten = list(islice(self._recent, excess))
            for event_id in forgotten:
                del self._recent[event_id]
            self._floor = max(self._floor, *forgotten)

    def clear(self) -> None:
        """Let go of all event ids: nothing is read any more."""
        self._recent.clear()

    def _put_aside(
        self, refused: list[Refused], offset: int, recorded: int, key: bytes | None, headers: Any, reason: str, value: bytes | None
    ) -> None:
        """Refuse what is no register event. When it copies the next record of `register` it takes that one's place, or the next looks like a gap.

        It never is a gap itself: anybody's bytes may say any offset, and after a real gap the next readable copy stops the fold.
        """
        register_offset = _register_offset(key, headers)
        if 0 <= register_offset < self.register_next:
            self.duplicates += 1
            return
        if register_offset == self.register_next:
            self.register_next += 1
            if reason == "empty" and any(name == LEFT_OUT_HEADER for name, _ in _all(headers)):
                reason = "oversize"
        elif register_offset > 0:
            reason = "not_a_copy"
        refused.append((offset, recorded, reason, value))

    def _is_next_copy(self, offset: int, register_offset: int) -> bool:
        """Whether a register copy is the one expected next, and not one seen before.

        Raises:
            RegisterGapError: it is a later one.
        """
        if register_offset > self.register_next:
            raise RegisterGapError(
                f"cannot fold {self._topic}-{self._partition} at offset {offset}:"
                f" expected the copy of register offset {self.register_next}, got {register_offset}",
                hint="a register event is missing, or somebody else wrote this copy; see the runbook, `register gap`",
            )
        if register_offset < self.register_next:
            return False
        self.register_next += 1
        return True

    def _without_repeats(self, entries: list[Entry], questionable: Collection[bytes], refused: list[Refused]) -> list[Entry]:
        """Drop what the store already has: only ids that are not younger than the youngest forgotten one need asking."""
        known = {event_id: codec.decode(stored)[1]["source"] for event_id, stored in self._store.known_events(self._partition, questionable).items()}
        kept = []
        for entry in entries:
            event_id, source = entry[4]["event_id"], entry[4]["source"]
            if entry[2] == "TimeReached" or event_id not in questionable:
                kept.append(entry)
            elif event_id in known:
                self._repeated(refused, entry[0], entry[1], entry[5], known[event_id] == source)
            else:
                known[event_id] = source
                kept.append(entry)
        self._recent.update(known)
        return kept

    def _repeated(self, refused: list[Refused], offset: int, recorded: int, value: bytes | None, same_source: bool) -> None:
        """An event id seen before: from the same source a repeat, from another one a mistake that must be looked at."""
        if same_source:
            self.duplicates += 1
        else:
            refused.append((offset, recorded, "id_reused", value))

    def _misplaced(self, key: bytes | None, fields: dict[str, Any]) -> str | None:
        """Why a fact may not stand here: its key must be its subject's, and the key's partition this one."""
        controller, subject_ref = fields["controller"], fields["subject_ref"]
        expected = message_key(controller, subject_ref)
        is_one = controller and subject_ref and "/" not in controller and subject_ref != REGISTER_REF
        if not is_one or len(expected) > KEY_BYTES_MAX or b"\0" in expected:
            return "bad_subject"
        if key != expected:
            return "wrong_key"
        if partition_of(expected, self._partitions) != self._partition:
            return "wrong_partition"
        return None


def dead_letter_rows(topic: str, partition: int, refused: Refused) -> tuple[Row, Row]:
    """(row of dead_letter, row of outcome): where it stands, why, and a fingerprint. Its bytes stay on the log alone."""
    offset, recorded, reason, value = refused
    body = value or b""
    fingerprint = hashlib.sha256(body).hexdigest()
    note = {"topic": topic, "partition": partition, "offset": offset, "reason": reason, "sha256": fingerprint, "size": len(body)}
    event_id = hashlib.blake2b(f"{topic}/{partition}/{offset}".encode(), digest_size=16, person=b"dead-letter").digest()
    text = json.dumps(note, sort_keys=True, separators=(",", ":")).encode()
    row = (topic, partition, offset, reason, fingerprint, len(body), recorded)
    return row, (partition, offset, 0, "dead-letters", event_id, None, text, NOBODY)


def _register_offset(key: bytes | None, headers: Any) -> int:
    """The offset in `register` of the event this record copies, or -1 when it is no copy: one has no key, whatever its headers say."""
    if key is not None:
        return -1
    for name, value in _all(headers):
        if name == REGISTER_OFFSET_HEADER and value is not None and value.isdigit() and len(value) < 19:
            return int(value)
    return -1


def _all(headers: Any) -> Sequence[tuple[str, bytes | None]]:
    return (headers() if callable(headers) else headers) or ()


def _has_zero_byte(type_name: str, fields: dict[str, Any]) -> bool:
    texts: tuple[str | None, ...] = _TEXTS_OF[type_name](fields)
    for text in texts:
        if text is not None and "\0" in text:
            return True
    return "\0" in "".join(fields.get("categories", ())) or (type_name == "DataCollected" and "\0" in "".join(fields["purposes"]))


def _unfit(type_name: str, fields: dict[str, Any]) -> str | None:
    """Why a register event cannot be taken in: what is derived from it must fit into an outcome and a row."""
    if "\0" in fields["controller"] or len(fields["controller"]) > TEXT_BYTES_MAX:  # it is looked for in a text column
        return "zero_byte" if "\0" in fields["controller"] else "text_too_long"
    if type_name not in _INSTANTS_OF:
        return None
    if not all(TIME_MIN <= at <= TIME_MAX for at in _INSTANTS_OF[type_name](fields)):
        return "impossible_time"
    return "zero_byte" if _has_zero_byte(type_name, fields) else _too_much(fields)


def _too_much(fields: dict[str, Any]) -> str | None:
    """Why a fact carries more than what is derived from it may hold. What is sealed, and how many reasons an answer gives, ends up in no outcome."""
    for value in fields.values():
        texts: Sequence[Any] = ()
        if isinstance(value, str):
            texts = (value,)
        elif isinstance(value, list) and value:
            if isinstance(value[0], dict):
                texts = [text for record in value for text in record.values() if isinstance(text, str)]
            elif len(value) > LIST_ENTRIES_MAX:
                return "list_too_long"
            else:
                texts = value
        for text in texts:
            if len(text) > TEXT_BYTES_MAX or not (text.isascii() or len(text.encode()) <= TEXT_BYTES_MAX):
                return "text_too_long"
    return None
