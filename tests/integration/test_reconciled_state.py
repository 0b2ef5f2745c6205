"""People and what is added up, against the facts on the real stack: what was changed is found, and nothing under way is taken for it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from ledger.adapters.postgres_histories import PostgresHistories
from ledger.adapters.postgres_tables import COUNTED
from ledger.errors import DependencyError
from ledger.reconciling import people
from ledger.reconciling.facts import Mismatch
from ledger.reconciling.noted import noted
from ledger.reconciling.reconcile import Reconciler
from tests.integration.test_rebuild import ledger, run_cli
from tests.integration.test_reconcile import TAMPERED, change, folded, reconciled, runs
from tests.ledgers import TestLedger

__all__ = ["folded", "ledger"]  # fixtures

STATE = {
    "a holding that is gone": ("DELETE FROM projection.{}", "holding", ""),
    "a day that is later": ("UPDATE projection.{} SET due_at = due_at + interval '1 year'", "holding", "WHERE due_at IS NOT NULL"),
    "a duty that is settled": ("UPDATE projection.{} SET state = 'MET', settled_at = now()", "obligation", "WHERE state IN ('OPEN', 'OVERDUE')"),
    "a duty that was done": ("DELETE FROM projection.{}", "obligation", "WHERE state NOT IN ('OPEN', 'OVERDUE')"),
    "a state that is gone": ("DELETE FROM projection.{}", "subject", ""),
    "a consent that is gone": ("DELETE FROM projection.{}", "subject_entry", ""),
    "a violation less": ("DELETE FROM projection.{}", "violation", ""),
    "another promise": ("UPDATE projection.{} SET promise = 'XX-1'", "violation", ""),
    "another name of it": ("UPDATE projection.{} SET event_id = gen_random_uuid()", "violation", ""),
    "a fact of another name": ("UPDATE projection.{} SET event_id = gen_random_uuid()", "fact", "WHERE subject_id IS NOT NULL"),
}
ADDED = (
    "INSERT INTO projection.holding SELECT (jsonb_populate_record(h, '{\"subject_id\": \"ffffffff-ffff-ffff-ffff-fffffffffff0\"}')).*"
    " FROM projection.holding h LIMIT 1"
)


@pytest.mark.parametrize("what", [*STATE, "somebody of whom nothing was told"])
def test_what_is_held_of_somebody_and_does_not_follow_from_the_facts_is_found(folded: TestLedger, what: str) -> None:
    """The triggers go with the change: what is added up follows it, and nothing but folding again can tell."""
    statement, table, which = STATE.get(what, (ADDED, "", ""))
    one = f" WHERE ctid = (SELECT ctid FROM projection.{table} {which} LIMIT 1)" if table else ""  # noqa: S608  constants
    ((partition, subject_id),) = change(folded, statement.replace("{}", table) + one + " RETURNING partition, subject_id")
    with psycopg.connect(folded.dsn) as connection:
        (offset,), = connection.execute(
            "SELECT coalesce(max(log_offset), (SELECT next_offset FROM projection.progress WHERE topic = 'facts' AND partition = %(partition)s))"
            " FROM projection.fact WHERE partition = %(partition)s AND subject_id = %(subject_id)s",
            {"partition": partition, "subject_id": subject_id},
        ).fetchall()  # fmt: skip

    for slice_records in (7, 5_000):
        report = reconciled(folded, slice_records=slice_records)
        found = [(each.kind, each.topic, each.partition, each.offset) for each in report.mismatches if each.kind != "other_tally"]
        assert found == [("other_state", "facts", partition, offset)]
    ledger_again = run_cli(folded, "rebuild")
    assert ledger_again.returncode == 0, ledger_again.stderr
    assert not reconciled(folded).found


def test_a_fact_that_was_made_nobodys_is_found_where_it_was(folded: TestLedger) -> None:
    """It is read with the copies of the register, and says in itself whose it is: the fold alone cannot tell."""
    ((partition, offset),) = change(
        folded, "UPDATE projection.fact SET subject_id = NULL WHERE ctid = (SELECT ctid FROM projection.fact WHERE subject_id IS NOT NULL LIMIT 1)"
        " RETURNING partition, log_offset",
    )  # fmt: skip

    found = reconciled(folded).mismatches
    assert [(each.kind, each.partition) for each in found] == [("other_state", partition)] and found[0].offset >= offset


@pytest.mark.parametrize("tally", sorted(table.name for table in COUNTED))
def test_a_number_that_is_not_what_counting_gives_is_found(folded: TestLedger, tally: str) -> None:
    """request too: it is derived from others, and lists read it."""
    ((partition,),) = change(
        folded, f"DELETE FROM projection.{tally} WHERE ctid = (SELECT ctid FROM projection.{tally} LIMIT 1) RETURNING partition"  # noqa: S608  ours
    )  # fmt: skip

    report = reconciled(folded)

    assert {(each.kind, each.partition) for each in report.mismatches} == {("other_tally", partition)} and tally in report.tallies


def test_everybody_is_compared_once_and_a_round_that_is_cut_off_goes_on_with_the_next_people(folded: TestLedger) -> None:
    with psycopg.connect(folded.dsn) as connection:
        (people,), = connection.execute(
            "SELECT count(*) FROM (SELECT subject_id FROM projection.fact WHERE subject_id IS NOT NULL"
            " UNION SELECT subject_id FROM projection.subject"
            " UNION SELECT subject_id FROM projection.obligation UNION SELECT subject_id FROM projection.subject_entry) AS everybody"
        ).fetchall()  # fmt: skip

    def cut_off(topic: str, partition: int, place: int, end: int) -> None:
        if topic == "people" and place > end // 2:
            raise DependencyError("cut off")

    with pytest.raises(DependencyError), Reconciler(folded.settings, slice_records=2) as one:
        one.run_round(cut_off)
    part = runs(folded)[0].people
    with Reconciler(folded.settings, slice_records=3) as one:
        rest = one.run_round(anew=False)

    assert 0 < part < people and part + rest.people == people
    assert (runs(folded)[0].people, rest.found) == (people, {})


def test_of_wrong_facts_people_are_not_judged(folded: TestLedger) -> None:
    change(folded, TAMPERED["other_value"])

    with Reconciler(folded.settings) as one:
        report = one.run_round()

    assert report.found == {"other_value": 1}
    with psycopg.connect(folded.dsn) as connection:
        (beside,), = connection.execute(
            "SELECT count(DISTINCT subject_id) FROM projection.fact WHERE partition <> %s", [report.mismatches[0].partition]
        ).fetchall()  # fmt: skip
    assert report.people == beside > 0 and report.not_judged == [report.mismatches[0].partition], "those of the other partition are"


def test_what_was_read_while_a_rebuild_was_switched_in_is_read_again(folded: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old tables were read at first, and then the new ones: no moment has both."""
    rebuilt: list[int] = []

    def while_rebuilt(store: PostgresHistories, partition: int, after: bytes, limit: int, **kind: Any) -> people.Found:
        if rebuilt:
            return people.compare_people(store, partition, after, limit, **kind)
        rebuilt.append(run_cli(folded, "rebuild").returncode)
        return people.Found(people.EVERYBODY, 1, [Mismatch(people.OTHER_STATE, "facts", partition, 0)])

    monkeypatch.setattr("ledger.reconciling.reconcile.compare_people", while_rebuilt)

    assert (reconciled(folded).found, rebuilt) == ({}, [0])


def test_people_wait_while_a_register_event_is_folded_into_many_and_hold_up_no_others(folded: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    pending = "UPDATE projection.progress SET pending_offset = {}, pending_after = {}, pending_steps = {} WHERE partition = 0 RETURNING 1"
    change(folded, pending.format("0", "gen_random_uuid()", "'[]'"))
    monkeypatch.setattr("ledger.reconciling.reconcile.SETTLE_SECONDS_MAX", 1.0)

    with pytest.raises(DependencyError, match="in partition 0"), Reconciler(folded.settings) as one:
        one.run_round()

    assert runs(folded)[0].done_at is None and runs(folded)[0].people > 0, "those of the other partition were compared"
    change(folded, pending.format("NULL", "NULL", "NULL"))
    with Reconciler(folded.settings) as one:
        assert one.run_round(anew=False).found == {}
    assert len(runs(folded)) == 1 and runs(folded)[0].done_at is not None


def test_a_ledger_whose_time_was_set_is_found(folded: TestLedger) -> None:
    ((partition, end),) = change(
        folded, "UPDATE projection.progress SET time_reached = time_reached - interval '1 year' WHERE partition = 1 RETURNING partition, next_offset"
    )  # fmt: skip

    assert [(each.kind, each.partition, each.offset) for each in reconciled(folded).mismatches] == [("other_state", partition, end)]


def test_more_than_can_be_noted_stays_found_in_the_next_round(folded: TestLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.adapters.postgres_reconcile.MISMATCHES_MAX", 1)
    change(folded, "UPDATE projection.violation SET promise = 'XX-1' RETURNING 1")

    for _ in range(3):
        assert reconciled(folded).found["other_state"] > 1
        assert sum(noted(folded.settings).found.values()) == 1
