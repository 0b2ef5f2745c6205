"""`ledger work`, `ledger tick`, `ledger wait` on the real stack: from an emitted event to rows and outcomes."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from ledger import Emitter
from ledger.contract import codec
from ledger.policies.files import load_policy
from ledger.policies.publishing import publish_policy
from ledger.register import publish_time
from ledger.topics import FACTS, OBLIGATIONS, REGISTER, VIOLATIONS
from tests.faults.oracles import read_all
from tests.ledgers import TestLedger
from tests.workers import Worker, Workers, run_ledger, wait_until, wait_until_answered, workers_of

SUBJECT = "subj-7f3a9c21d4e8"


@pytest.fixture
def begin(make_ledger: Callable[..., TestLedger]) -> Iterator[Callable[..., tuple[TestLedger, Workers]]]:
    """Make a ledger with workers that end with the test."""
    with ExitStack() as ending:

        def make(**wishes: Any) -> tuple[TestLedger, Workers]:
            ledger = make_ledger(**wishes)
            return ledger, ending.enter_context(workers_of(ledger))

        yield make


def emitter(ledger: TestLedger) -> Emitter:
    return Emitter(controller="hostinghuis", source="shop", bootstrap_servers=ledger.settings.kafka.bootstrap_servers)


def collect_and_end(ledger: TestLedger) -> str:
    """A policy, an order, and the end of the last service: due two years later. Returns the id of the collection."""
    with emitter(ledger) as emit:
        publish_policy(emit, load_policy("hostinghuis"))
        receipt = emit.emit(
            "DataCollected", subject=SUBJECT, occurred_at="2018-06-01T00:00:00Z", activity="order", purposes=["dpv:CustomerOrderManagement"],
            categories=["pd:Name"], legal_basis="eu-gdpr:A6-1-b", store="shop", ref="order-1",
        )  # fmt: skip
        emit.emit("MilestoneReached", subject=SUBJECT, occurred_at="2018-06-02T00:00:00Z", kind="SERVICE_ENDED", ref="order-1")
        return receipt.event_id


def test_an_event_becomes_a_holding_and_time_makes_it_due_to_be_erased(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin(start=datetime(2018, 7, 1, tzinfo=UTC))
    workers.start()
    event_id = collect_and_end(ledger)

    ticked = run_ledger(ledger, "tick", "2020-06-03T00:00:00Z", "--json")

    assert ticked.returncode == 0, ticked.stderr
    assert json.loads(ticked.stdout)["time"] == "2020-06-03T00:00:00.000000Z"
    with psycopg.connect(ledger.dsn) as connection:
        assert connection.execute("SELECT holder, evidence_event[1]::text FROM projection.holding").fetchall() == [("hostinghuis", event_id)]
        (partition, state), = connection.execute("SELECT partition, state FROM projection.obligation").fetchall()
    assert state == "OPEN"
    sent = {number: read_all(ledger, OBLIGATIONS, number) for number in range(4)}
    assert [number for number, records in sent.items() if records] == [partition]
    (_, value, headers), = sent[partition]
    assert codec.decode(value)[0] == "ObligationRaised"
    assert dict(headers)["ce_type"] == b"ledger.ObligationRaised"
    assert dict(headers)["ce_subject"] == SUBJECT.encode()


def test_each_register_event_is_copied_into_every_partition_with_its_offset(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin(partitions=3)
    workers.start()
    with emitter(ledger) as emit:
        publish_policy(emit, load_policy("hostinghuis"))
    wait_until_answered(ledger)

    originals = read_all(ledger, REGISTER, 0)

    assert len(originals) == 2
    for partition in range(3):
        copies = read_all(ledger, FACTS, partition)
        assert [value for _, value, _ in copies] == [value for _, value, _ in originals]
        for (offset, _, headers), (_, _, copied) in zip(originals, copies, strict=True):
            assert copied == [*headers, ("ledger-register-offset", str(offset).encode())]


def test_a_violation_is_sent_to_the_partition_of_its_fact(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin(start=datetime(2018, 7, 1, tzinfo=UTC))
    workers.start()
    with emitter(ledger) as emit:
        publish_policy(emit, load_policy("hostinghuis"))
        wait_until_answered(ledger)
        receipt = emit.emit(
            "DataShared", subject=SUBJECT, by="hostinghuis", recipient="sidn", recipient_role="registry", categories=["pd:BankAccount"],
            purpose="dpv:ServiceRegistration", legal_basis="eu-gdpr:A6-1-b", ref="order-1",
        )  # fmt: skip

    wait_until_answered(ledger)

    assert read_all(ledger, VIOLATIONS, receipt.partition)


def test_a_real_ledger_ticks_by_itself_and_never_ahead_of_the_clock(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin(simulated=False)
    workers.start(worker__tick_seconds="0.2")
    wait_until(lambda: len(ticks(ledger)) > 4, seconds=30, what="five ticks")

    times = ticks(ledger)

    assert times == sorted(times)
    assert len(set(times)) == len(times)
    assert times[-1] <= datetime.now(UTC)


def test_two_workers_on_a_real_ledger_do_not_tick_twice_as_often(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin(simulated=False)
    both = [workers.start("broadcaster,ticker,projector", worker__tick_seconds="0.2") for _ in range(2)]
    wait_until(lambda: len(ticks(ledger)) > 4, seconds=30, what="five ticks")

    leaders = [sum(line.get("event") == "duty_taken" and line["part"] == "ticker" for line in worker.lines()) for worker in both]

    assert sorted(leaders) == [0, 1]


def test_a_simulated_ledger_does_not_tick_by_itself(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin()
    worker = workers.start(worker__tick_seconds="0.1")
    wait_until(lambda: bool(ticks(ledger)), seconds=30, what="the first time")
    assert run_ledger(ledger, "tick", "2019-01-01T00:00:00Z").returncode == 0

    assert worker.stop() == 0
    assert [time.year for time in ticks(ledger)] == [2018, 2019]


def test_a_tick_on_a_real_ledger_is_refused(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, _ = begin(simulated=False)

    refused = run_ledger(ledger, "tick", "2099-01-01T00:00:00Z")

    assert refused.returncode == 4
    assert "cannot tick a real ledger" in refused.stderr
    assert len(read_all(ledger, REGISTER, 0)) == 1


def test_time_never_goes_backwards(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, _ = begin(start=datetime(2018, 1, 1, tzinfo=UTC))

    refused = run_ledger(ledger, "tick", "2017-12-31T23:59:59Z", "--no-wait")

    assert refused.returncode == 4
    assert "expected a time not before the last tick 2018-01-01T00:00:00.000000Z" in refused.stderr
    assert len(read_all(ledger, REGISTER, 0)) == 1


def test_a_tick_that_was_not_answered_in_time_may_be_repeated_and_is_published_once(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin(start=datetime(2018, 1, 1, tzinfo=UTC))
    late = run_ledger(ledger, "tick", "2019-01-01T00:00:00Z", "--timeout", "0.2")
    assert late.returncode == 3, late.stderr
    workers.start()

    again = run_ledger(ledger, "tick", "2019-01-01T01:00:00+01:00", "--json")

    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert (told["time"], told["register_offset"]) == ("2019-01-01T00:00:00.000000Z", None)
    assert told["answered"]["register"] == 2
    assert len(read_all(ledger, REGISTER, 0)) == 2
    assert ticks(ledger)[-1] == datetime(2019, 1, 1, tzinfo=UTC)


def test_a_time_published_twice_makes_nothing_due_twice(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin(start=datetime(2018, 7, 1, tzinfo=UTC))
    workers.start()
    collect_and_end(ledger)
    for _ in range(2):
        publish_time(ledger.settings, datetime(2020, 6, 3, tzinfo=UTC), "simulated")

    wait_until_answered(ledger)

    assert [time.year for time in ticks(ledger)] == [2018, 2020, 2020]
    assert sum(len(read_all(ledger, OBLIGATIONS, partition)) for partition in range(4)) == 1


@pytest.mark.parametrize("time", ["yesterday", "2020-01-01", "2020-01-01T00:00:00"])
def test_a_time_without_an_offset_is_misuse(begin: Callable[..., tuple[TestLedger, Workers]], time: str) -> None:
    ledger, _ = begin()

    assert run_ledger(ledger, "tick", time).returncode == 2


def test_waiting_without_a_worker_ends_with_3_and_says_where_it_stands(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, _ = begin()

    late = run_ledger(ledger, "wait", "--timeout", "0.3")

    assert late.returncode == 3
    assert "waiting for the register to be copied" in late.stderr
    assert "register 0 of 1" in late.stderr


def test_waiting_ends_when_all_is_answered_and_says_up_to_where(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin()
    workers.start()
    collect_late(ledger)

    done = run_ledger(ledger, "wait", "--json")

    assert done.returncode == 0, done.stderr
    answered = json.loads(done.stdout)
    assert answered["register"] == 1
    assert sum(answered["facts"].values()) == 4 + 3
    assert answered["freshness"]["simulated"] is True
    assert answered["freshness"]["lag"] == 0


def test_what_is_asked_of_the_machinery_says_which_ledger_answers_and_how_fresh(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin(simulated=False, partitions=1)
    workers.start("projector,broadcaster,relay")  # no ticker: nothing moves
    wait_until_answered(ledger)

    for command in (["wait"], ["digest"], ["dead-letters", "list"], ["rebuild", "--workers", "1"]):
        done, as_json = run_ledger(ledger, *command), run_ledger(ledger, *command, "--json")

        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1].startswith("real ledger, time reached "), command
        assert "; facts-0 up to 1; up to date; times in " in done.stdout.splitlines()[-1], command
        freshness = json.loads(as_json.stdout.splitlines()[-1])["freshness"]
        place = freshness["partitions"][0]
        assert (freshness["simulated"], freshness["lag"], place["next_offset"], place["end_offset"]) == (False, 0, 1, 1), command


def test_parts_can_be_picked_and_unknown_ones_are_refused(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin()
    worker = workers.start("relay,broadcaster")
    wait_until(lambda: worker.text().count("duty_taken") == 2, seconds=30, what="two duties")

    refused = run_ledger(ledger, "work", "--only", "projector,typist")

    assert refused.returncode == 2
    assert "typist" in refused.stderr
    assert worker.stop() == 0


def test_a_worker_says_json_lines_only_and_no_subject_is_in_them(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin()
    worker = workers.start()
    collect_late(ledger)
    wait_until_answered(ledger)
    assert worker.stop() == 0

    lines = worker.lines()

    assert [line["event"] for line in lines][-1] == "worker_stopped"
    assert all("event" in line and "timestamp" in line for line in lines)
    assert SUBJECT not in worker.text()


def test_the_metrics_of_a_worker_tell_what_it_folded(begin: Callable[..., tuple[TestLedger, Workers]]) -> None:
    ledger, workers = begin()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    worker = Worker(ledger, "metrics", only=None, environment={"LEDGER__WORKER__GROUP": workers.group}, options=["--metrics-port", str(port)])
    workers.adopt(worker)
    collect_late(ledger)
    wait_until_answered(ledger)

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()

    folded = sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith("ledger_events_folded_total{"))
    assert folded == 4 + 3
    assert 'ledger_leading{part="relay"} 1.0' in text


def collect_late(ledger: TestLedger) -> None:
    """Three events of one subject, before the first time of the ledger."""
    with emitter(ledger) as emit:
        for number in range(3):
            emit.emit("MilestoneReached", subject=SUBJECT, occurred_at="2017-06-02T00:00:00Z", kind="ORDER_PLACED", ref=f"order-{number}")


def ticks(ledger: TestLedger) -> list[datetime]:
    """The ticks that partition 0 has folded, in order of the log."""
    with psycopg.connect(ledger.dsn) as connection:
        return [row[0] for row in connection.execute("SELECT time FROM projection.tick WHERE partition = 0 ORDER BY log_offset")]
