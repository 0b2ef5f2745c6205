"""`ledger policy publish` on the real stack: what it says is what stands on the register, and after --wait every fact is judged by it."""

from __future__ import annotations

import json

import pytest

from ledger import Emitter
from ledger.adapters.kafka_register import Remembered, registered
from ledger.errors import DependencyError
from ledger.settings import KafkaSettings
from ledger.topics import FACTS, REGISTER, VIOLATIONS
from tests.faults.oracles import read_all
from tests.ledgers import TestLedger
from tests.workers import run_ledger, wait_until_answered, workers_of

SUBJECT = "subj-7f3a9c21d4e8"


def test_after_publish_with_wait_every_partition_has_it_and_the_next_fact_is_judged(fresh_ledger: TestLedger) -> None:
    with workers_of(fresh_ledger) as workers:
        workers.start()

        done = run_ledger(fresh_ledger, "policy", "publish", "hostinghuis", "--wait")

        assert done.returncode == 0, done.stderr
        assert [len(read_all(fresh_ledger, FACTS, partition)) for partition in range(4)] == [len(read_all(fresh_ledger, REGISTER, 0))] * 4
        with Emitter(controller="hostinghuis", source="shop", bootstrap_servers=fresh_ledger.settings.kafka.bootstrap_servers) as shop:
            receipt = shop.emit(
                "DataShared", subject=SUBJECT, by="hostinghuis", recipient="sidn", recipient_role="registry", categories=["ledger:SessionLog"],
                purpose="ledger:DomainRegistration", legal_basis="eu-gdpr:A6-1-b", ref="order-1",
            )  # fmt: skip
        wait_until_answered(fresh_ledger)
        assert read_all(fresh_ledger, VIOLATIONS, receipt.partition)


def test_without_a_worker_publish_with_wait_says_that_nobody_copies_it(fresh_ledger: TestLedger) -> None:
    done = run_ledger(fresh_ledger, "policy", "publish", "hostinghuis", "--wait", "--timeout", "0.5")

    assert done.returncode == 3
    assert "is `ledger work` running?" in done.stderr
    assert [each.fields["controller"] for each in registered(fresh_ledger.settings, "PolicyPublished")] == ["hostinghuis"]


def test_what_is_published_is_read_from_the_register(fresh_ledger: TestLedger) -> None:
    first = run_ledger(fresh_ledger, "policy", "publish", "hostinghuis", "smallhold", "--json")
    again = run_ledger(fresh_ledger, "policy", "publish", "hostinghuis", "smallhold", "--json")
    shown = run_ledger(fresh_ledger, "policy", "show", "--published", "smallhold")

    assert [run.returncode for run in (first, again, shown)] == [0, 0, 0], again.stderr
    before, after = ([json.loads(line) for line in run.stdout.splitlines()] for run in (first, again))
    assert [line.pop("published") for line in before] == [True, True]
    assert [line.pop("published") for line in after] == [False, False]
    assert before == after
    assert "smallhold-privacy 2018-05-22 stands" in shown.stderr
    assert len(read_all(fresh_ledger, REGISTER, 0)) == 3


def test_what_was_read_of_the_register_is_kept_and_what_came_since_is_added(fresh_ledger: TestLedger) -> None:
    remembered = Remembered(fresh_ledger.settings, "PolicyPublished")
    assert remembered.now(seconds=30) == []
    for names in (["hostinghuis"], ["smallhold", "hostinghuis"]):
        assert run_ledger(fresh_ledger, "policy", "publish", *names).returncode == 0

        assert remembered.now(seconds=30) == remembered.now(seconds=30) == list(registered(fresh_ledger.settings, "PolicyPublished"))
    assert [each.fields["controller"] for each in remembered.now(seconds=30)] == ["hostinghuis", "smallhold"]


def test_a_register_that_does_not_answer_is_said_so(fresh_ledger: TestLedger) -> None:
    away = fresh_ledger.settings.model_copy(update={"kafka": KafkaSettings(bootstrap_servers="127.0.0.1:9")})

    with pytest.raises(DependencyError):
        Remembered(away, "PolicyPublished").now(seconds=0.5)
