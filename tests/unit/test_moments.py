"""Times on the command line: one rule for all options, and no repeat of what was typed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger.cli import main
from ledger.errors import CallerError
from ledger.moments import read_instant, read_ledger_time


@pytest.mark.parametrize("text", ["2018-06-01T00:00:00Z", "2018-06-01T02:00:00+02:00", "2018-06-01 00:00:00.000000z"])
def test_a_time_with_any_offset_is_read(text: str) -> None:
    assert read_instant("--start", text) == datetime(2018, 6, 1, tzinfo=UTC)


def test_microseconds_are_kept() -> None:
    assert read_instant("TIME", "9999-12-31T23:59:59.999999Z") == datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize("text", ["tomorrow", "2018-06-01", "2018-06-01T00:00:00", "2018-02-30T00:00:00Z", "9999-12-31T23:59:59-01:00", ""])
def test_anything_else_is_misuse_that_names_the_option_and_not_the_text(text: str) -> None:
    with pytest.raises(CallerError) as caught:
        read_instant("--announced-at", text)

    assert "--announced-at" in str(caught.value)
    assert not text or text not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["1990-01-01T00:00:00Z", "2018-06-01T00:00:00Z", "2200-01-01T00:00:00Z", "2200-01-01T02:00:00+02:00"])
def test_a_ledgers_time_may_be_any_that_events_may_have(text: str) -> None:
    assert read_ledger_time("TIME", text) == read_instant("TIME", text)


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59Z", "2300-01-01T00:00:00Z", "2200-01-01T00:00:00.000001Z", "1989-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]
)
@pytest.mark.parametrize("command", [["tick"], ["tick", "--no-wait"], ["up", "--simulated", "--start"]])
def test_a_time_that_no_event_could_have_is_refused_before_anything_is_done(monkeypatch, tmp_path, capsys, command: list[str], text: str) -> None:
    for name, value in {"HOME": str(tmp_path), "KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1", "POSTGRES__DSN": "host=127.0.0.1 port=1"}.items():
        monkeypatch.setenv(f"LEDGER__{name}", value)

    assert main.run([*command, text]) == 2

    said = capsys.readouterr().err
    assert "from 1990-01-01T00:00:00Z up to 2200-01-01T00:00:00Z" in said
    assert "cannot be undone" in said
