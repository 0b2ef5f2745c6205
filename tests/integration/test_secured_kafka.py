"""The ledger on a Kafka of one's own that asks for TLS, with a password or with a certificate: every client of ours gets in, nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ledger.stack.lifecycle import Running
from tests.ledgers import new_database, new_home
from tests.secured_kafka import PASSWORD, Secured, secured_kafka

SHARE = {
    "type": "DataShared", "subject_ref": "subj-1", "by": "hostinghuis", "recipient": "sidn", "recipient_role": "registry",
    "categories": ["pd:Name"], "purpose": "ledger:DomainRegistration", "legal_basis": "eu-gdpr:A6-1-b", "ref": "order-1",
}  # fmt: skip


@pytest.fixture
def secured() -> Iterator[Secured]:
    with new_home() as home, secured_kafka(home) as running:
        yield running


@pytest.mark.parametrize("how", ["by_password", "by_certificate"])
def test_the_whole_way_of_an_event_through_a_secured_broker(stack: Running, secured: Secured, how: str) -> None:
    with new_home() as home, new_database(stack) as dsn:
        environment = os.environ | getattr(secured, how) | {"LEDGER__HOME": str(home), "LEDGER__POSTGRES__DSN": dsn}

        def ledger(*arguments: str, stdin: str = "") -> str:
            command = [sys.executable, "-m", "ledger", *arguments]
            done = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=120)
            assert done.returncode == 0, done.stderr
            return done.stdout

        ledger("up", "--simulated")
        ledger("tick", "2026-01-01T00:00:00Z", "--no-wait")
        emit = ("emit", "--controller", "hostinghuis", "--source", "shop", "-")
        ledger(*emit, stdin=json.dumps(SHARE | {"occurred_at": "2025-12-01T10:00:00Z"}))
        worker = subprocess.Popen([sys.executable, "-m", "ledger", "work"], env=environment)
        try:
            ledger("wait", "--timeout", "60")
        finally:
            worker.terminate()
            assert worker.wait(40) == 0
        shown = json.loads(ledger("subject", "show", "subj-1", "--controller", "hostinghuis", "--json"))

        assert [holding["holder"] for holding in shown["holdings"]] == ["sidn"]
        status = ledger("status")
        assert "own" in status


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"LEDGER__KAFKA__SASL_PASSWORD": "another-secret"}, "refused the SASL user name"),
        ({"LEDGER__KAFKA__SSL_CA_LOCATION": ""}, "does not trust the other's certificate"),
    ],
)
def test_who_may_not_in_is_told_why_and_no_secret(stack: Running, secured: Secured, wrong: dict[str, str], said: str) -> None:
    with new_home() as home, new_database(stack) as dsn:
        environment = os.environ | secured.by_password | {"LEDGER__HOME": str(home), "LEDGER__POSTGRES__DSN": dsn} | wrong
        done = subprocess.run(
            [sys.executable, "-m", "ledger", "up", "--simulated"], env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    assert done.returncode == 3
    assert said in done.stderr
    assert PASSWORD not in done.stderr + done.stdout
    assert "another-secret" not in done.stderr + done.stdout
