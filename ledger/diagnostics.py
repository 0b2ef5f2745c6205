"""What a worker tells its operator: one JSON object per line on stderr, with a constant event name in the past tense.

Must never hold a value of an event, a subject, a DSN: keys are names, positions, counts and seconds. What stands under a key that is not in KEYS is
left out, values are cut and of simple types, whatever a caller passes; docs/logging.md lists keys and events. Lines of the libraries below come
through as their message *template*, without arguments. structlog lives here only. Libraries never call `configure`; commands do.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from ledger import metrics

TEMPLATE_CHARACTERS_MAX = 160
TEMPLATES_MAX = 1000
QUIET_SECONDS = 10.0
#: Frames told of one error, the innermost ones: enough to find the place, few enough for one line.
FRAMES_MAX = 20
#: Errors told of one chain of causes.
CAUSES_MAX = 5
#: The keys that a line may have. docs/logging.md says what stands under each.
KEYS: Final = frozenset(
    {
        *("event", "level", "timestamp", "part", "error", "remedy", "frames", "parts", "stuck", "seconds", "pause_seconds"),
        *("expected_offset", "got_offset", "controller", "day", "rule", "library", "severity", "template", "repeated", "dropped_keys"),
        *("role", "why", "status", "credential", "has_keys", "found"),
    }
)
TEXT_CHARACTERS_MAX: Final = 1000
LIST_MAX: Final = 150
_LOUD = ("faust", "mode", "aiokafka")


class Logger(Protocol):
    """The part of a logger that we use."""

    def info(self, event: str, **values: Any) -> Any: ...
    def warning(self, event: str, **values: Any) -> Any: ...
    def error(self, event: str, **values: Any) -> Any: ...


def configure() -> None:
    """Send our lines, and the libraries' warnings, to stderr as JSON. To be called once, by a command."""
    structlog.configure(
        processors=[
            kept,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Forwarder()]
    root.setLevel(logging.WARNING)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def logger(part: str) -> Logger:
    """Return the logger of one part of the worker."""
    found: Logger = structlog.get_logger().bind(part=part)
    return found


def kept(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    """The line with keys of KEYS alone; `dropped_keys` says how many more there were, never which: a key can be a value, too."""
    found = {key: _simple(value) for key, value in line.items() if key in KEYS}
    dropped = len(line) - len(found)
    if dropped:
        metrics.LOG_KEYS_DROPPED.inc(dropped)
        found["dropped_keys"] = dropped
    return found


def _simple(value: Any) -> Any:
    """Numbers as they are, texts cut and without control characters (one line stays one line), lists of these; of all else the type alone."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return "".join(each if each.isprintable() else " " for each in value[:TEXT_CHARACTERS_MAX])
    if isinstance(value, list | tuple):
        return [each if isinstance(each, int | float) else _simple(each) for each in value[:LIST_MAX] if isinstance(each, str | int | float)]
    return f"a {type(value).__name__}"


def frames_of(error: BaseException) -> list[str]:
    """Where an error comes from: `file.py:line function`, outermost first; then `caused by Class` and the frames of its cause.

    Code alone: no message, no value, no line of source, and of the path the file name only.
    """
    found: list[str] = []
    each: BaseException | None = error
    for _ in range(CAUSES_MAX):
        if each is None:
            break
        if each is not error:
            found.append(f"caused by {type(each).__name__}")
        frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(each.__traceback__)][-FRAMES_MAX:]
        found += [f"{Path(code.co_filename).name}:{line} {code.co_name}" for code, line in frames]
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return found


class _Forwarder(logging.Handler):
    """Libraries' lines: the template says what happened; its arguments may say about whom, so they stay out.

    A client without its broker says the same many times a second: the same template comes through once per QUIET_SECONDS, with how often it was said.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        text = next(iter(str(record.msg).splitlines()), "")[:TEMPLATE_CHARACTERS_MAX] if isinstance(record.msg, str) else type(record.msg).__name__
        last, held_back = self._said.get((record.name, text), (0.0, 0))
        now = time.monotonic()
        if last and now - last < QUIET_SECONDS:
            self._said[record.name, text] = last, held_back + 1
            return
        if len(self._said) >= TEMPLATES_MAX:
            self._said.clear()
        self._said[record.name, text] = now, 0
        structlog.get_logger().warning(
            "library_warned", library=record.name, severity=record.levelname.lower(), template=text, repeated=held_back
        )
