"""Customers whose accounts must be erased: what the tests of acting raise, on a real ledger with a real worker, and what became of it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import psycopg

from ledger import Emitter
from ledger.policies.files import load_policy
from ledger.policies.publishing import publish_policy
from ledger.register import publish_time
from tests.ledgers import TestLedger
from tests.reading import read_topic
from tests.workers import wait_until_answered

CONTROLLER, STORE = "hostinghuis", "crm"
START = datetime(2018, 7, 1, tzinfo=UTC)
DUE = datetime(2020, 6, 3, tzinfo=UTC)


def make_due(ledger: TestLedger, count: int, *, first: int = 0, store: str = STORE, at: datetime = DUE) -> list[str]:
    """Let `count` accounts end and two years pass; a worker must run. Returns the subjects. Each has one open obligation then."""
    subjects = [f"subj-{number:012x}" for number in range(first, first + count)]
    with emitter(ledger) as emit:
        publish_policy(emit, load_policy(CONTROLLER))
        wait_until_answered(ledger)
        for subject in subjects:
            emit.soon.collected(
                subject, occurred_at="2018-06-01T00:00:00Z", activity="account", purposes=["dpv:AccountManagement"],
                categories=["pd:EmailAddress", "pd:Name"], legal_basis="eu-gdpr:A6-1-b", store=store,
            )  # fmt: skip
            emit.soon.milestone(subject, occurred_at="2018-06-02T00:00:00Z", kind="SERVICE_ENDED", ref="service-1")
    publish_time(ledger.settings, at, "simulated")
    wait_until_answered(ledger)
    return subjects


def emitter(ledger: TestLedger, source: str = "shop") -> Emitter:
    return Emitter(controller=CONTROLLER, source=source, bootstrap_servers=ledger.settings.kafka.bootstrap_servers)


def states(ledger: TestLedger) -> Counter[str]:
    """How many obligations are in each state, as the worker has folded everything."""
    wait_until_answered(ledger)
    with psycopg.connect(ledger.dsn) as connection:
        return Counter(state for (state,) in connection.execute("SELECT state FROM projection.obligation"))


def obligations(ledger: TestLedger) -> dict[str, tuple[str, str]]:
    """obligation id -> (subject, state)."""
    with psycopg.connect(ledger.dsn) as connection:
        rows = connection.execute("SELECT obligation_id, subject_ref, state FROM projection.obligation")
        return {str(key): (subject, state) for key, subject, state in rows}


def erasures(ledger: TestLedger) -> list[tuple[str, str]]:
    """(subject, event id) of each DataErased on the log, repeats too."""
    facts = read_topic(ledger.settings, "facts")
    return [(each.fields["subject_ref"], each.headers["ce_id"].decode()) for each in facts if each.type_name == "DataErased"]


def met(ledger: TestLedger) -> Counter[bytes]:
    """How often each obligation is said to be met, on its topic."""
    return Counter(each.fields["obligation_id"] for each in read_topic(ledger.settings, "obligations") if each.type_name == "ObligationMet")
