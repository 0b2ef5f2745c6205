"""Everybody's history from PostgreSQL: the same as from memory, by index, in bounded memory; and the two commands on the real stack."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger import Emitter
from ledger.adapters.postgres_histories import PostgresHistories
from ledger.answers.wide_query import WideQuery
from ledger.contract import codec
from ledger.policies.files import load_policy
from ledger.sql import read_queries
from tests.folded import fold_into
from tests.histories import CONTROLLER, Event, policy, project, records, rule, shared
from tests.ledgers import TestLedger
from tests.memory_answers import MemoryAnswers
from tests.plans import plan_of
from tests.small_ledger import ANNA, history
from tests.workers import run_ledger, wait_until_answered, workers_of

STRICTER = policy(1002, 0, [rule("NEW", 1)], conditions=[{"id": "MD-13", "act": "share", "needs": ["registered"]}])
WHOLE = {"facts_by_subject", "ticks_of_partition", "stored_log"}
LOADED = 40_000
SUBJECT = "subj-7f3a9c21d4e8"


def stored(dsn: str, log: list[Event]) -> None:
    """The log, folded into a database; partition 0 of one."""
    fold_into(dsn, records(log))


@pytest.fixture
def reader(database: str) -> Iterator[PostgresHistories]:
    made = PostgresHistories(database)
    yield made
    made.close()


def test_everything_is_answered_as_from_memory(reader: PostgresHistories, database: str) -> None:
    log = [*history(), STRICTER]
    stored(database, log)
    real, memory = WideQuery(reader), WideQuery(MemoryAnswers(project(log)))
    other = policy(1003, 0, [rule("OTHER", 2)], conditions=[])

    assert real.differences() == memory.differences()
    assert real.differences().counts
    assert real.differences(controller=CONTROLLER, subject_ref=ANNA) == memory.differences(controller=CONTROLLER, subject_ref=ANNA)
    assert real.effect(other[1]) == memory.effect(other[1])
    assert real.effect(other[1]).holding_counts and real.effect(other[1]).verdict_counts
    assert real.effect(other[1], sample=1, limit=2) == memory.effect(other[1], sample=1, limit=2)
    assert real.published(CONTROLLER) == memory.published(CONTROLLER)


def test_reading_everybody_holds_no_more_than_a_few_thousand_facts(reader: PostgresHistories, database: str) -> None:
    stored(database, [policy(1001, 0, [])])
    _, fields = shared(1, 1)
    value = codec.encode("DataShared", fields)
    with psycopg.connect(database, autocommit=True, options="-c search_path=projection") as connection:
        connection.execute(
            "INSERT INTO fact SELECT 0, 10 + i, md5((i / 4)::text)::uuid, md5('e' || i)::uuid, 1, now(), %s FROM generate_series(1, %s) i",
            [value, LOADED],
        )
    with reader.snapshot():
        tracemalloc.start()
        count = sum(1 for _ in reader.facts_by_subject())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert count == LOADED
    assert peak < LOADED * len(value) / 4


def test_questions_about_some_subjects_use_their_indexes(database: str) -> None:
    queries = read_queries("histories.sql")
    number = "('00000000-0000-0000-0000-' || lpad(to_hex(i), 12, '0'))::uuid"
    seven = "00000000-0000-0000-0000-000000000007"
    ids: dict[str, Any] = {"subject_ids": [seven], "subject_id": seven, "partition": 0, "before": 900, "after": seven, "limit": 50}
    with psycopg.connect(database, autocommit=True, options="-c search_path=projection") as connection:
        connection.execute(f"""
            INSERT INTO holding SELECT {number}, {number}, 0, 'hoster', 's' || i, 'SIDN', NULL, 'p', NULL, NULL, '{{pd:Name}}', '{{0}}',
                   ARRAY[now()], ARRAY[{number}], ARRAY[i::bigint], '{{}}', '{{}}', now(), {number}, i, NULL, NULL, 'b', NULL, NULL, NULL, NULL, NULL,
                   now(), 'R', '{{}}', '{{}}', false
              FROM generate_series(1, {LOADED}) i;
            INSERT INTO subject SELECT {number}, 0, 'hoster', 's' || i, '{{}}' FROM generate_series(1, {LOADED}) i;
            INSERT INTO subject_entry SELECT {number}, {number}, 0, 'milestones', '[1]' FROM generate_series(1, {LOADED}) i;
            INSERT INTO obligation SELECT {number}, {number}, 0, 'hoster', 's' || i, 'ERASE', 'SIDN', NULL, 'p', NULL, NULL, '{{pd:Name}}',
                   now(), now(), 'R', 'OPEN', now(), i, '{{}}'
              FROM generate_series(1, {LOADED}) i;
            INSERT INTO violation SELECT 0, i, 0, {number}, {number}, 'hoster', 's' || i, 'P', 'r', 'BREACH', NULL, NULL, '{{}}', '{{}}'
              FROM generate_series(1, {LOADED}) i;
            INSERT INTO fact SELECT 0, i, {number}, {number}, 1, now(), '' FROM generate_series(1, {LOADED}) i;
            INSERT INTO tick SELECT 0, {LOADED} + i, i, now(), now() FROM generate_series(1, {LOADED}) i;
        """)  # noqa: S608  our own names
        connection.execute("ANALYZE")
        for name in queries.keys() - WHOLE:
            plan = plan_of(connection, queries[name], ids)
            assert "Seq Scan" not in plan, f"{name}\n{plan}"
            assert "Index" in plan, f"{name}\n{plan}"


def test_a_share_before_its_backdated_agreement_is_told_with_the_agreement(fresh_ledger: TestLedger) -> None:
    with workers_of(fresh_ledger) as workers:
        workers.start()
        assert run_ledger(fresh_ledger, "tick", "2018-08-01T00:00:00Z").returncode == 0
        assert run_ledger(fresh_ledger, "policy", "publish", "sohosted", "--wait").returncode == 0
        with Emitter(controller="sohosted", source="shop", bootstrap_servers=fresh_ledger.settings.kafka.bootstrap_servers) as shop:
            shop.emit("RecipientRegistered", recipient="mailer", role="mailing", occurred_at="2018-06-01T00:00:00Z")
            shop.emit("ConsentChanged", subject=SUBJECT, purpose="ledger:Newsletter", state="GIVEN", occurred_at="2018-06-20T12:00:00Z")
            wait_until_answered(fresh_ledger)
            share = shop.emit(
                "DataShared", subject=SUBJECT, by="sohosted", recipient="mailer", recipient_role="mailing", categories=["pd:EmailAddress"],
                purpose="ledger:Newsletter", legal_basis="eu-gdpr:A6-1-a", occurred_at="2018-07-01T12:00:00Z",
            )  # fmt: skip
            wait_until_answered(fresh_ledger)
            before = run_ledger(fresh_ledger, "differences", "--json")
            agreement = shop.emit(
                "AgreementChanged", recipient="mailer", agreement="a-1", state="IN_FORCE", categories=["pd:EmailAddress"],
                purposes=["ledger:Newsletter"], in_force_from="2018-06-15T00:00:00Z", occurred_at="2018-07-02T09:00:00Z",
            )  # fmt: skip
        wait_until_answered(fresh_ledger)
        after = run_ledger(fresh_ledger, "differences", "--json")
        shown = run_ledger(fresh_ledger, "differences", "--controller", "sohosted", "--subject", SUBJECT)
        found = run_ledger(fresh_ledger, "violations", "--json", "--list")

    assert (before.returncode, json.loads(before.stdout)["differences"]) == (0, []), before.stderr
    assert (after.returncode, shown.returncode) == (1, 1), after.stderr
    (difference,) = json.loads(after.stdout)["differences"]
    assert (difference["change"], difference["promise"], difference["rule"]) == ("GONE", "SO-09", "share-without-agreement")
    assert (difference["event"]["partition"], difference["event"]["offset"]) == (share.partition, share.offset)
    (cause,) = difference["because_of"]
    assert (cause["type"], cause["event"]["event_id"]) == ("AgreementChanged", agreement.event_id)
    assert cause["event"]["offset"] > share.offset
    assert "agreement changed" in shown.stdout and "up to date" in shown.stdout
    # What was published stands.
    assert [each["rule"] for each in json.loads(found.stdout)["violations"]] == ["share-without-agreement"]


def test_what_diff_says_is_what_publishing_does(fresh_ledger: TestLedger, tmp_path: Path) -> None:
    text = load_policy("hostinghuis").text.replace('version: "2018-04-04"', 'version: "2"').replace("after: P2Y", "after: P1Y")
    text = "\n".join(line for line in text.splitlines() if "open_session" not in line)
    (tmp_path / "newer.yaml").write_text(text + "\n", encoding="utf-8")
    newer = str(tmp_path / "newer.yaml")
    with workers_of(fresh_ledger) as workers:
        workers.start()
        assert run_ledger(fresh_ledger, "tick", "2018-08-15T00:00:00Z").returncode == 0
        assert run_ledger(fresh_ledger, "policy", "publish", "hostinghuis", "--wait").returncode == 0
        with Emitter(controller="hostinghuis", source="shop", bootstrap_servers=fresh_ledger.settings.kafka.bootstrap_servers) as shop:
            for number in range(12):
                subject = f"subj-{number}a3f"
                shop.emit(
                    "DataCollected", subject=subject, activity="account", categories=["pd:Name"], purposes=["dpv:AccountManagement"],
                    legal_basis="eu-gdpr:A6-1-b", store="crm", country="NL", occurred_at="2018-07-01T12:00:00Z",
                )  # fmt: skip
                shop.emit(
                    "DataCollected", subject=subject, activity="portal_session", categories=["pd:IPAddress"], purposes=["dpv:EnforceSecurity"],
                    legal_basis="eu-gdpr:A6-1-f", store="portal", country="NL", ref="session-1", occurred_at="2018-07-02T12:00:00Z",
                )  # fmt: skip
                if number % 3:
                    for kind, day in (("SERVICE_STARTED", "07-01"), ("SERVICE_ENDED", "08-03" if number % 2 else "07-03")):
                        shop.emit("MilestoneReached", subject=subject, kind=kind, ref="s-1", occurred_at=f"2018-{day}T12:00:00Z")
        assert run_ledger(fresh_ledger, "tick", "2019-07-20T00:00:00Z").returncode == 0
        wait_until_answered(fresh_ledger)
        said = run_ledger(fresh_ledger, "policy", "diff", newer, "--json")
        before = run_ledger(fresh_ledger, "obligations", "--json")
        dates = due_dates(fresh_ledger)
        assert run_ledger(fresh_ledger, "policy", "publish", newer, "--wait").returncode == 0
        wait_until_answered(fresh_ledger)
        after = run_ledger(fresh_ledger, "obligations", "--json")
        differences = json.loads(run_ledger(fresh_ledger, "differences", "--json").stdout)
        changed = {key: (dates[key], due) for key, due in due_dates(fresh_ledger).items() if dates[key] != due}

    assert said.returncode == 0, said.stderr
    effect = json.loads(said.stdout)["effect"]
    assert effect["subjects"] == 12
    assert [(each["kind"], each["rule_after"], each["holdings"]) for each in effect["holding_counts"]] == [("EARLIER", "HH-15", len(changed))]
    assert len(changed) == 8
    raised = len(json.loads(after.stdout)["obligations"]) - len(json.loads(before.stdout)["obligations"])
    assert effect["outcome_counts"] == [{"type": "ObligationRaised", "outcomes": raised}]
    assert raised == effect["holding_counts"][0]["at_once"] == 4
    told = [(each["change"], each["promise"], each["rule"], each["verdicts"]) for each in effect["verdict_counts"]]
    assert told == [(each["change"], each["promise"], each["rule"], each["verdicts"]) for each in differences["counts"]]
    assert told == [("GONE", "HH-04", "entry-outside-session", 12)]


def due_dates(ledger: TestLedger) -> dict[tuple[str, bytes], Any]:
    with psycopg.connect(ledger.dsn, options="-c search_path=projection") as connection:
        rows = connection.execute("SELECT subject_ref, holding_id, due_at FROM holding").fetchall()
    return {(subject_ref, holding_id): due_at for subject_ref, holding_id, due_at in rows}
