"""A look over HTTP on the real stack: on the log before the answer, sealed, read by the officer and the person, forgotten at its term."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from typing import Any

import httpx
import pytest

from ledger import Emitter
from ledger.adapters.postgres_credentials import PostgresCredentials
from ledger.forgetting.vaults import open_vault
from ledger.web.credentials import KEY, Credentials
from ledger.web.roles import Principal, Role
from tests.integration.test_forgetting import COLLECTED, run
from tests.ledgers import TestLedger
from tests.serving import key_of, servers_of
from tests.workers import run_ledger, wait_until, wait_until_answered, workers_of

CONTROLLER, SUBJECT = "sohosted", "subj-7f3a9c21d4e8"
STAFF = "staff-4482"
START, OVER = datetime.fromisoformat("2018-10-20T12:00:00+02:00"), "2018-11-04T02:00:00+01:00"
LOOK = {"controller": CONTROLLER, "subject_ref": SUBJECT, "purpose": "dpv:CustomerCare", "ticket_ref": "ticket-1"}
SHOW, LOOK_UPS = "/v1/subjects/show", "/v1/subjects/look-ups"


@pytest.fixture
def ledger(make_ledger: Callable[..., TestLedger]) -> Iterator[TestLedger]:
    """One customer, a policy with a term for look-ups, a vault, and a worker."""
    made = make_ledger(start=START)
    run(made, "vault", "init")
    run(made, "policy", "publish", CONTROLLER)
    with ExitStack() as ending:
        ending.enter_context(workers_of(made)).start(worker__tick_seconds="0.2")
        servers = made.settings.kafka.bootstrap_servers
        with open_vault(made.settings) as vault, Emitter(controller=CONTROLLER, source="desk", bootstrap_servers=servers, vault=vault) as emitter:
            emitter.emit("DataCollected", subject=SUBJECT, **COLLECTED)
        wait_until_answered(made)
        yield made


def reported(ledger: TestLedger) -> list[dict[str, Any]]:
    """What `ledger report look-ups` shows an officer."""
    wait_until_answered(ledger)
    asked = run_ledger(ledger, "report", "look-ups", "--subject", SUBJECT, "-c", CONTROLLER, "--for", "officer", "--json")
    found: list[dict[str, Any]] = json.loads(asked.stdout)["look_ups"]
    return found


def key_of_staff(ledger: TestLedger) -> str:
    """A key of an auditor who is known by a pseudonym."""
    with closing(PostgresCredentials(ledger.dsn)) as store:
        return Credentials(store).make(KEY, Principal(Role.AUDITOR, STAFF, (CONTROLLER,), ""), 3600.0).text


def test_a_look_is_on_the_log_sealed_forgotten_at_its_term_and_without_kafka_there_is_none(ledger: TestLedger) -> None:
    dpo, auditor = key_of(ledger, Role.DPO, (CONTROLLER,)), key_of_staff(ledger)
    own = key_of(ledger, Role.SUBJECT, (CONTROLLER,), subject_ref=SUBJECT)
    with servers_of(ledger) as start:
        server = start()
        with server.client(auditor) as client:
            assert client.post(SHOW, json=LOOK).status_code == 200
            assert client.post(SHOW, json=LOOK | {"subject_ref": "nobody-1"}).status_code == 404
        (found,) = reported(ledger)
        assert (found["who"], found["actor"], found["ticket_ref"]) == ("NAMED", STAFF, "ticket-1")
        assert LOOK["purpose"] in json.dumps(found["purpose"])
        with server.client(own) as client:
            answer = client.post(LOOK_UPS, json={}).json()
        assert [(each["who"], each["actor"]) for each in answer["look_ups"]] == [("SEALED", None)]
        with server.client(auditor) as client:
            answer = client.post(LOOK_UPS, json=LOOK | {"for": "officer"}).json()
        assert {each["actor"] for each in answer["look_ups"]} == {None}
        wait_until_answered(ledger)
        with server.client(dpo) as client:
            answer = client.post(LOOK_UPS, json=LOOK | {"for": "officer"}).json()
        assert STAFF in {each["actor"] for each in answer["look_ups"]}
        run(ledger, "tick", OVER)
        wait_until_answered(ledger)
        with server.client(own) as client:
            answer = client.post(LOOK_UPS, json={}).json()
        assert answer["look_ups"] == [] and answer["forgotten"] >= 1
        time.sleep(1.1)  # what the server takes for the ledger's time may be a second old: that day's key is gone, and the answer would be about that
        ledger.kafka.stop()
        try:
            with server.client(auditor) as client:
                refused = client.post(SHOW, json=LOOK)
        finally:
            ledger.kafka.start()
        assert refused.status_code == 503 and "retry-after" in refused.headers
        assert "pd:" not in refused.text and SUBJECT not in refused.text
        assert STAFF not in server.text()


def test_a_server_that_dies_between_leaves_the_look_up_and_no_answer(ledger: TestLedger) -> None:
    with servers_of(ledger) as start:
        server = start("look_up_before_answer:1")
        with server.client(key_of(ledger, Role.AUDITOR, (CONTROLLER,))) as client, pytest.raises(httpx.TransportError):
            client.post(SHOW, json=LOOK)
        wait_until(lambda: server.exit_code is not None, seconds=10, what="the server's end")
        assert server.exit_code == -signal.SIGKILL
    assert len(reported(ledger)) == 1
