"""Emit a file of JSON Lines so that it can be stopped at any moment and run again.

One line is one event: `{"type": "DataShared", ...}` in the form of json_form.py. A line without event_id gets one that is
derived from the file's digest and the line's number, so a repeat carries the same id and is harmless. Order of things:
1. a line is queued  2. the broker acknowledges it  3. the progress file says so. Dying between 2 and 3 repeats some lines under
their ids, dying before 2 loses nothing: the progress file counts only lines whose forerunners are all acknowledged.
Must never repeat a line's content in an error.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Protocol

from ledger.contract.json_form import from_json
from ledger.errors import CallerError, DataError, LedgerError
from ledger.sdk.event_ids import derived_id
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


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a file is emitted. lines_done: every line up to this one is acknowledged or refused; file_sha256: which file."""

    file_sha256: str
    lines_done: int = 0
    refused: int = 0

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        beside = path.with_name(path.name + ".new")
        beside.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")
        beside.replace(path)


class FileIdentity(NamedTuple):
    """The SHA-256 of a file's bytes, and how many lines it has."""

    sha256: bytes
    lines: int


def identify(path: Path) -> FileIdentity:
    """Read a file once. Raises: CallerError when it cannot be read."""
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                lines += chunk.count(b"\n")
                last = chunk[-1:]
    except OSError as error:
        raise CallerError(f"cannot read the file: {os.strerror(error.errno or 0).lower()}", hint="give a file of JSON Lines, or -") from None
    return FileIdentity(digest.digest(), lines + (last != b"\n"))


def load_progress(path: Path, identity: FileIdentity) -> Progress:
    """Read how far a file is emitted; a file never begun is at line 0.

    Raises:
        CallerError: the progress file is damaged, or belongs to a file with another content.
    """
    begun = Progress(file_sha256=identity.sha256.hex())
    try:
        found = Progress(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return begun
    except (OSError, ValueError, TypeError):
        raise CallerError(f"cannot read {path.name}: expected the progress of an earlier run", hint="remove it to begin anew") from None
    if found.file_sha256 != begun.file_sha256:
        raise CallerError(
            f"cannot resume: {path.name} belongs to a file with another content",
            hint="remove it to begin anew; lines with an event_id of their own repeat harmlessly, others would count twice",
        )
    return found


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, line), without empty lines. A line over LINE_BYTES_MAX is yielded cut, and so refused."""
    number = 0
    while line := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        while len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            rest = stream.readline(LINE_BYTES_MAX + 1)
            if not rest or rest.endswith(b"\n"):
                break
        if line.strip():
            yield number, line


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
    """Emit every line after `progress.lines_done`, in order; report receipts and refusals in line order.

    A refused line is counted and the others go on. on_progress: called at most every half second, and at the end, also when it
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
                progress.refused += 1
                on_refusal(number, answer)
            elif wait or answer.is_done:
                on_receipt(number, answer.result())
            else:
                break
            under_way.popleft()
            progress.lines_done = number
        now = time.monotonic()
        if now - saved_at >= _SAVE_SECONDS:
            saved_at = now
            on_progress(progress)

    try:
        for number, line in lines:
            if number <= progress.lines_done:
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
