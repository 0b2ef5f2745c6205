"""What becomes of a line of a worker, whatever a caller passes: listed keys, simple and bounded values, UTC, one line."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from ledger import diagnostics, metrics

CANARY = "jan.jansen@voorbeeld.nl"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, object]]]:
    """Configured as a worker is; read it after the lines were written."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    diagnostics.configure()

    class Lines(list[dict[str, object]]):
        def __iter__(self) -> Iterator[dict[str, object]]:
            return iter([json.loads(line) for line in stderr.getvalue().splitlines()])

    yield Lines()
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def test_a_key_that_is_not_listed_is_left_out_and_counted(lines: list[dict[str, object]]) -> None:
    before = metrics.LOG_KEYS_DROPPED._value.get()

    diagnostics.logger("relay").info("duty_taken", subject_ref=CANARY, **{CANARY: 1}, seconds=2)

    (line,) = lines
    assert CANARY not in json.dumps(line)
    assert (line["event"], line["part"], line["seconds"], line["dropped_keys"]) == ("duty_taken", "relay", 2, 2)
    assert str(line["timestamp"]).endswith("Z")
    assert metrics.LOG_KEYS_DROPPED._value.get() == before + 2


def test_values_are_bounded_and_of_simple_types(lines: list[dict[str, object]]) -> None:
    class Person:
        def __repr__(self) -> str:
            return CANARY

    diagnostics.logger("relay").error("part_failed", error="a" * 5000, remedy=Person(), frames=["x" * 2000, Person()] * 500, seconds=None)

    (line,) = lines
    assert line["error"] == "a" * diagnostics.TEXT_CHARACTERS_MAX
    assert line["remedy"] == "a Person"
    frames = line["frames"]
    assert isinstance(frames, list)
    assert 0 < len(frames) <= diagnostics.LIST_MAX
    assert max(map(len, frames)) == diagnostics.TEXT_CHARACTERS_MAX
    assert CANARY not in json.dumps(line)


def test_a_text_cannot_make_a_second_line(lines: list[dict[str, object]]) -> None:
    diagnostics.logger("relay").error("part_failed", error='x"}\n{"event": "worker_stopped"}\r\x1b[2J')

    (line,) = lines
    assert line["event"] == "part_failed"
    assert str(line["error"]).isprintable()


def test_a_library_is_told_without_its_arguments(lines: list[dict[str, object]]) -> None:
    logging.getLogger("aiokafka").warning("cannot send %s", CANARY)

    (line,) = lines
    assert (line["event"], line["template"]) == ("library_warned", "cannot send %s")
    assert CANARY not in json.dumps(line)
