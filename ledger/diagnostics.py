"""What a worker tells its operator: one JSON object per line on stderr, with a constant event name in the past tense.

Must never hold a value of an event, a subject, a DSN: keys are names, positions, counts and seconds. Lines of the libraries below come through
as their message *template*, without arguments. structlog lives here only. Libraries never call `configure`; commands do.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Protocol

import structlog

TEMPLATE_CHARACTERS_MAX = 160
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


class _Forwarder(logging.Handler):
    """Libraries' lines: the template says what happened; its arguments may say about whom, so they stay out."""

    def emit(self, record: logging.LogRecord) -> None:
        template = str(record.msg) if record.args else type(record.msg).__name__ if not isinstance(record.msg, str) else record.msg
        text = template.splitlines()[0][:TEMPLATE_CHARACTERS_MAX] if template else ""
        structlog.get_logger().warning("library_warned", library=record.name, severity=record.levelname.lower(), template=text)
