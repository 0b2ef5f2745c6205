"""Emit a file of JSON Lines so that it can be stopped at any moment and run again.

One line is one event: `{"type": "DataShared", ...}` in the form of json_form.py. A line without event_id gets one that is
derived from the file's digest and the line's number, so a repeat carries the same id and is harmless. Order of things:
1. a line is queued  2. the broker acknowledges it  3. the progress file says so. Dying between 2 and 3 repeats some lines under
their ids, dying before 2 loses nothing: the progress file counts only lines whose forerunners are all acknowledged or refused.
Refused lines stay noted and are tried again by every run, under the ids they would have had.
Must never repeat a line's content in an error.
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, BinaryIO, Final, Protocol

from ledger.contract.json_form import from_json
from ledger.errors import CallerError, DataError, LedgerError
from ledger.sdk.event_ids import derived_id
from ledger.sdk.line_progress import Progress
from ledger.sdk.receipts import Receipt

LINE_BYTES_MAX: Final = 4 << 20  # four times the largest event: base64 and escapes
_FILLED_IN: Final = ("event_id", "salt", "occurred_at", "controller", "source", "by")
_SAVE_SECONDS: Final = 0.5  # after a kill at most this much is repeated


class LineError(DataError):
    """A line is not an event in JSON. Names the rule, never the line's content."""


class EmitsSoon(Protocol):
    """An emitter's `emit_soon`."""

    def __call__(self, type_name: str, **fields: Any) -> Answer: ...


class Answer(Protocol):
    """A pending event."""

    @property
    def is_done(self) -> bool: ...

    def result(self, timeout_seconds: float | None = None) -> Receipt: ...


def read_lines(stream: BinaryIO, bytes_max: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, line), without empty lines. A line over LINE_BYTES_MAX is yielded cut, and so refused.

    bytes_max: read no further, so that what is added to the file meanwhile is left to the next run.
    """
    number, left = 0, sys.maxsize if bytes_max is None else bytes_max

    def read() -> bytes:
        nonlocal left
        found = stream.readline(min(LINE_BYTES_MAX + 1, left))
        left -= len(found)
        return found

    while line := read():
        number += 1
        while len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            rest = read()
            if not rest or rest.endswith(b"\n"):
                break
        if line.strip():
            yield number, line


def require_named(lines: Iterable[tuple[int, bytes]], names: Collection[str]) -> None:
    """Check that every event among the lines has these fields, which the call names for none of them.

    Forgotten, they would have every line refused: that is a mistake in the call, told before anything is emitted.

    Raises:
        CallerError: a line lacks one.
    """
    marks = [(name, f'"{name}"'.encode()) for name in names]
    for number, line in lines:
        for name, mark in marks:
            if mark in line:  # much faster than reading it, and who writes the name elsewhere gets the line refused, not lost
                continue
            try:
                _, fields = parse_line(line, number, None)
            except DataError:
                continue
            if name not in fields:
                raise CallerError(f"cannot emit: expected a {name} for line {number}, got none", hint=f"name it with --{name}, or in each line")


def parse_line(line: bytes, number: int, origin: bytes | None) -> tuple[str, dict[str, Any]]:
    """Return type and raw fields of a line. origin: the file's digest, from which a missing event_id and salt come.

    Raises:
        LineError: not one JSON object.
        FieldError: a field is unknown or of the wrong form.
    """
    if len(line) > LINE_BYTES_MAX:
        raise LineError(f"cannot read line: expected at most {LINE_BYTES_MAX} bytes, got more")
    try:
        found = json.loads(line, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise LineError("cannot read line: expected UTF-8") from None
    except json.JSONDecodeError as error:
        raise LineError(f"cannot read line: expected one JSON object, got a fault at column {error.colno}") from None
    except RecursionError:
        raise LineError("cannot read line: expected one JSON object, got one nested too deeply") from None
    if not isinstance(found, dict):
        raise LineError(f"cannot read line: expected one JSON object, got {type(found).__name__}")
    type_name, fields = from_json(found, may_lack=_FILLED_IN)
    if origin is not None and "event_id" not in fields:
        event_id, salt = derived_id(origin, number, fields.get("occurred_at", 0))
        fields["event_id"] = event_id
        fields.setdefault("salt", salt)
    return type_name, fields


def emit_lines(
    lines: Iterable[tuple[int, bytes]],
    emit_soon: EmitsSoon,
    *,
    origin: bytes | None,
    progress: Progress,
    on_receipt: Callable[[int, Receipt], None],
    on_refusal: Callable[[int, LedgerError], None],
    on_progress: Callable[[Progress], None],
) -> None:
    """Emit every line that an earlier run refused and every line after `progress.lines_done`, in order; report in line order.

    A refused line is noted and the others go on. on_progress: called at most every half second, and at the end, also when it
    ends with an error.

    Raises:
        LedgerError: an event was not acknowledged; the line before it is where the next run begins.
    """
    under_way: deque[tuple[int, Answer | LedgerError]] = deque()
    saved_at = time.monotonic()

    def settle(*, wait: bool) -> None:
        nonlocal saved_at
        while under_way:
            number, answer = under_way[0]
            if isinstance(answer, LedgerError):
                progress.refused.add(number)
                on_refusal(number, answer)
            elif wait or answer.is_done:
                on_receipt(number, answer.result())
                progress.refused.discard(number)
            else:
                break
            under_way.popleft()
            progress.lines_done = max(progress.lines_done, number)
        now = time.monotonic()
        if now - saved_at >= _SAVE_SECONDS:
            saved_at = now
            on_progress(progress)

    try:
        for number, line in lines:
            if not progress.is_to_do(number):
                continue
            try:
                type_name, fields = parse_line(line, number, origin)
                under_way.append((number, emit_soon(type_name, **fields)))
            except DataError as refusal:
                under_way.append((number, refusal))
            settle(wait=False)
        settle(wait=True)
    finally:
        on_progress(progress)


def check_lines(
    lines: Iterable[tuple[int, bytes]],
    check: Callable[..., None],
    *,
    origin: bytes | None,
    on_refusal: Callable[[int, LedgerError], None],
    on_progress: Callable[[int], None],
) -> tuple[int, int]:
    """Check every line as emitting would, and return how many are (correct, refused). check: as `Emitter.check`."""
    correct = refused = 0
    for number, line in lines:
        try:
            type_name, fields = parse_line(line, number, origin)
            check(type_name, **fields)
            correct += 1
        except DataError as refusal:
            refused += 1
            on_refusal(number, refusal)
        if number % 500 == 0:
            on_progress(number)
    return correct, refused


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise LineError("cannot read line: expected each name once in an object, got one twice")
    return found


def _refuse_constant(_: str) -> Any:
    raise LineError("cannot read line: expected JSON, got NaN or Infinity")
