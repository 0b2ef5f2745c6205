"""The switch to what was rebuilt: under a running worker, under readers, and when the connection breaks."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from ledger.adapters import postgres_shadow
from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_connection import connect
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_shadow import Shadow
from ledger.cli.rebuild import rebuild as rebuild_command
from ledger.core.delta import Delta
from ledger.replaying.rebuild import _CatchUp, rebuild
from ledger.topics import FACTS
from tests.histories import collected, shared
from tests.integration.test_rebuild import PARTITIONS, fold_live, ledger, live_digests, lives, produce, schemas
from tests.ledgers import TestLedger
from tests.projections import START, fact_row

__all__ = ["ledger"]  # the fixture: a ledger of two partitions


def test_the_switch_happens_under_a_running_worker_and_it_goes_on(ledger: TestLedger) -> None:
    produce(ledger, lives())
    worker = subprocess.Popen(
        [sys.executable, "-m", "ledger", "work", "--only", "projector"],
        env=ledger.environment | {"PYTHONUNBUFFERED": "1"}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until_folded(ledger)
        for round_ in range(3):
            number = 5000 + round_ * 400
            produce(ledger, [collected(number + n, 61, subject=f"new-{round_}-{n}") for n in range(200)], poison=False)
            report = rebuild(ledger.settings, workers=1)
            produce(ledger, [shared(number + 200 + n, 62, subject=f"new-{round_}-{n}") for n in range(200)], poison=False)
            assert report.findings.is_clean
            wait_until_folded(ledger)
        assert worker.poll() is None, "the worker ended"
        folded = live_digests(ledger)
    finally:
        worker.terminate()
        worker.wait(30)

    rebuild(ledger.settings, workers=1)
    assert live_digests(ledger) == folded
    assert {d.table: d.rows for d in folded}["holding"] >= 3 * 400


def wait_until_folded(ledger: TestLedger) -> None:
    """Until live progress is at the end of the log."""
    deadline = time.monotonic() + 60
    projection = PostgresProjection(ledger.dsn)
    with KafkaLog(ledger.settings) as log:
        ends = [log.bounds(FACTS, partition)[1] for partition in range(PARTITIONS)]
        while [projection.progress(FACTS, p).next_offset for p in range(PARTITIONS)] != ends:
            assert time.monotonic() < deadline, "the worker did not fold all records in time"
            time.sleep(0.05)
    projection.close()




def test_the_switch_never_takes_live_back(ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker folded on between the catch-up and the lock: those records are folded under the lock."""
    produce(ledger, lives())
    fold_live(ledger)
    catch_up = _CatchUp.up

    def worker_folds_on_after_catch_up(self: _CatchUp) -> int:
        count = catch_up(self)
        produce(ledger, [collected(7000 + n, 61, subject=f"late-{n}") for n in range(20)], poison=False)
        fold_live(ledger)
        return count

    monkeypatch.setattr(_CatchUp, "up", worker_folds_on_after_catch_up)
    rebuild(ledger.settings, workers=1)
    switched = live_digests(ledger)

    with KafkaLog(ledger.settings) as log:
        projection = PostgresProjection(ledger.dsn)
        for partition in range(PARTITIONS):
            assert projection.progress(FACTS, partition).next_offset == log.bounds(FACTS, partition)[1]
        projection.close()
    monkeypatch.undo()
    rebuild(ledger.settings, workers=2)
    assert live_digests(ledger) == switched


def test_a_delta_that_waits_for_the_switch_lands_in_the_new_projections(ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    produce(ledger, lives())
    fold_live(ledger)
    worker = PostgresProjection(ledger.dsn)
    stands_at = worker.progress(FACTS, 0)
    row = fact_row(stands_at.next_offset)
    late = Delta(FACTS, 0, stands_at.next_offset, stands_at.next_offset + 1, 9, START, 0, facts=[row])
    failures: list[BaseException] = []

    def write() -> None:
        try:
            worker.write(late)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=write)
    switch = Shadow._switch

    def switch_while_a_worker_waits(self: Shadow) -> int:
        thread.start()
        deadline = time.monotonic() + 30
        with connect(ledger.dsn) as connection:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'projection.progress'::regclass"
            while connection.execute(waiting).fetchone() == (0,):
                assert time.monotonic() < deadline, "the worker did not wait"
                time.sleep(0.01)
        return switch(self)

    monkeypatch.setattr(Shadow, "_switch", switch_while_a_worker_waits)
    rebuild(ledger.settings, workers=1)
    thread.join(30)

    assert failures == []
    assert worker.progress(FACTS, 0).next_offset == stands_at.next_offset + 1
    assert worker.known_events(0, [row[3]]) == {row[3]: row[6]}
    worker.close()


def test_old_projections_that_a_reader_is_still_in_are_named_and_the_next_rebuild_drops_them(
    ledger: TestLedger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(postgres_shadow, "_DROP_SECONDS_MAX", 0.1)
    monkeypatch.setenv("LEDGER__HOME", str(ledger.home))
    with connect(ledger.dsn) as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM projection.holding")

        rebuild_command(workers=1, as_json=True)

        told = capsys.readouterr()
        assert json.loads(told.out)["generation"] == 2
        assert "ledger: warning: cannot drop the old projections" in told.err
        assert "left behind: projection_old_1" in told.err
        assert json.loads(told.out)["warning"] in told.err
    assert schemas(ledger) == ["projection", "projection_old_1", "projection_old_1_web", "projection_web"]
    assert rebuild(ledger.settings, workers=1).warning is None
    assert schemas(ledger) == ["projection", "projection_web"]


def test_a_connection_lost_after_the_switch_does_not_make_the_rebuild_a_failure(ledger: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_old = Shadow.drop_old

    def lose_the_connection(self: Shadow, *arguments: Any) -> Any:
        with connect(ledger.dsn) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [self._open.info.backend_pid])
        return drop_old(self, *arguments)

    monkeypatch.setattr(Shadow, "drop_old", lose_the_connection)

    report = rebuild(ledger.settings, workers=1)

    assert report.generation == 2
    assert report.warning is not None
    assert "left behind: projection_old_1" in report.warning


def test_rights_and_owner_are_the_same_after_the_switch(ledger: TestLedger) -> None:
    rights = """SELECT c.relname, c.relowner::regrole::text, c.relacl::text FROM pg_class c
                 WHERE c.relnamespace = 'projection'::regnamespace AND c.relkind = 'r' ORDER BY 1"""
    with connect(ledger.dsn) as connection:
        before = connection.execute(rights).fetchall()
        rebuild(ledger.settings, workers=1)

        assert connection.execute(rights).fetchall() == before
        assert {owner for _, owner, _ in before} == {"ledger_owner"}
