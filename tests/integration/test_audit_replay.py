"""Replays on the real stack: outcomes altered or withheld, an earlier place, a day, an archive without Kafka, one person on both axes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.adapters.kafka_sender import KafkaSender
from ledger.adapters.postgres_connection import connect
from ledger.adapters.postgres_duties import Duty, Unsent
from ledger.contract import codec
from ledger.contract.cloudevents import cloudevents_headers
from ledger.core.ids import message_key, partition_of
from tests.histories import CONTROLLER, Event, collected, erased, policy, rule, tick
from tests.integration.test_audit import replayed, sealed
from tests.integration.test_rebuild import PARTITIONS, fold_live, ledger, live_digests, lives, produce, run_cli
from tests.ledgers import TestLedger

__all__ = ["ledger", "sealed"]  # fixtures: a ledger of two partitions; the same with lives, folded and sealed

Alter = Callable[[Unsent], list[tuple[bytes, list[tuple[str, bytes]]]]]


def as_it_is(outcome: Unsent) -> list[tuple[bytes, list[tuple[str, bytes]]]]:
    return [(outcome.value, cloudevents_headers(*codec.decode(outcome.value)))]


def publish(of: TestLedger, alter: Alter = as_it_is) -> int:
    """Send the outbox as the relay does. alter: what is sent of each instead; returns how many were in the outbox."""
    with Duty(of.dsn, "relay") as duty:
        assert duty.take()
        unsent = [each for each in duty.unsent(PARTITIONS, limit=1_000_000) if each.topic != "dead-letters"]
        sender = KafkaSender(of.settings, client_id="ledger-test")
        for each in unsent:
            for value, headers in alter(each):
                sender.send(each.topic, each.partition, key=each.message_key, value=value, headers=headers)
        sender.finish(seconds=30)
        sender.close()
        duty.note_sent({each.partition: (each.log_offset, each.subject_id, each.ordinal) for each in unsent})
    return len(unsent)


def of_one(place: int, what: Callable[[Unsent], list[tuple[bytes, list[tuple[str, bytes]]]]]) -> Alter:
    """Alter the outcome that comes as number `place`, the others not."""
    seen = iter(range(1_000_000))
    return lambda outcome: what(outcome) if next(seen) == place else as_it_is(outcome)


def other_value(outcome: Unsent) -> list[tuple[bytes, list[tuple[str, bytes]]]]:
    name, fields = codec.decode(outcome.value)
    return [(codec.encode(name, fields | {"rule": "another"}), cloudevents_headers(name, fields))]


def other_header(outcome: Unsent) -> list[tuple[bytes, list[tuple[str, bytes]]]]:
    return [(outcome.value, [*cloudevents_headers(*codec.decode(outcome.value)), ("ce_note", b"x")])]


def withheld(_: Unsent) -> list[tuple[bytes, list[tuple[str, bytes]]]]:
    return []


def seal(of: TestLedger) -> None:
    done = run_cli(of, "seal", "--once")
    assert done.returncode == 0, done.stderr


def wrong(said: dict[str, Any]) -> dict[str, int]:
    return {name: said["outcomes"][name] for name in ("missing", "extra", "different", "unsent", "later") if said["outcomes"][name]}


@pytest.mark.parametrize("source", [(), ("--from-archive",)])
@pytest.mark.parametrize(("alter", "kind", "what"), [
    (as_it_is, None, ""), (other_value, "different", "value"), (other_header, "different", "message key or headers"), (withheld, "missing", ""),
])  # fmt: skip
def test_an_outcome_that_was_published_otherwise_or_not_at_all_is_found(
    sealed: TestLedger, source: tuple[str, ...], alter: Alter, kind: str | None, what: str
) -> None:
    number = publish(sealed, of_one(3, alter))
    assert number > 10
    seal(sealed)

    code, said = replayed(sealed, *source)

    assert (code, wrong(said)) == ((0, {}) if kind is None else (1, {kind: 1}))
    assert said["differences"] == []
    for example in said["outcomes"]["examples"]:
        assert (example["kind"], example["what"]) == (kind, what)
        assert example["fact_offset"] is not None
        assert (example["offset"] is None) == (kind == "missing")


def test_the_archive_does_not_believe_what_the_database_notes_as_sent(sealed: TestLedger) -> None:
    publish(sealed, withheld)
    seal(sealed)

    code, said = replayed(sealed)
    assert (code, said["outcomes"]["missing"]) == (1, said["outcomes"]["derived"]), "the database says that all were sent, and Kafka has none"

    code, said = replayed(sealed, "--from-archive")
    assert (code, wrong(said)) == (0, {"unsent": said["outcomes"]["derived"]}), "a day has not gone by: nobody can say yet"
    assert said["outcomes"]["unsent_from"]
    told = run_cli(sealed, "audit", "replay", "--from-archive").stdout
    assert "are not yet sent, from facts-0 offset" in told
    assert "the newest seal is of 20" in told


def test_from_the_archive_kafka_is_not_needed(sealed: TestLedger) -> None:
    publish(sealed)
    seal(sealed)
    sealed.kafka.stop()
    try:
        code, said = replayed(sealed, "--from-archive", "--on", "2018-07-01")
    finally:
        sealed.kafka.start()

    assert code == 0, said
    assert wrong(said) == {}
    assert said["freshness"]["lag"] is None
    assert said["answers"]["differing"] == 0 < said["answers"]["subjects"]


def test_another_ledger_s_archive_is_refused(sealed: TestLedger) -> None:
    with connect(sealed.dsn) as connection:
        connection.execute("UPDATE ledger.identity SET topic_ids = jsonb_set(topic_ids::jsonb, '{violations}', '\"AAAAAAAAAAAAAAAAAAAAAA\"')")
    done = run_cli(sealed, "audit", "replay", "--from-archive")

    assert (done.returncode, done.stdout) == (1, "")
    assert "expected an archive of cluster" in done.stderr
    assert "topic violations with id AAAAAAAAAAAAAAAAAAAAAA" in done.stderr


def test_until_an_earlier_place_outcomes_and_digests_are_those_of_then(ledger: TestLedger) -> None:
    early = lives()
    produce(ledger, early)
    fold_live(ledger)
    publish(ledger)
    kept = {each.table: each.sha256 for each in live_digests(ledger)}
    with connect(ledger.dsn) as connection:
        places = dict(connection.execute("SELECT partition, next_offset - 1 FROM projection.progress").fetchall())
        then = connection.execute("SELECT count(*) FROM projection.outcome WHERE topic <> 'dead-letters'").fetchone() or (0,)
        recorded = connection.execute("SELECT max(recorded_at) FROM projection.tick").fetchone() or (datetime.now(UTC),)
    later: list[Event] = [policy(5000, 70, [rule("R-1", 1)]), *(collected(6000 + n, 71, subject=f"t{n}") for n in range(12)), tick(7000, 90)]
    produce(ledger, later, register_offset=sum(each[0] in ("PolicyPublished", "TimeReached") for each in early), poison=False)
    fold_live(ledger)
    publish(ledger)

    until = [word for partition, offset in places.items() for word in ("--until", f"{partition}:{offset}")]
    code, said = replayed(ledger, *until)

    assert code == 0, said
    assert {each["table"]: each["sha256"] for each in said["tables"]} == kept
    assert {each["table"] for each in said["tables"] if each["live_sha256"]} == {"dead_letter", "fact", "outcome", "tick", "violation"}
    assert said["outcomes"]["derived"] == then[0]
    assert said["outcomes"]["later"] > 0
    told = run_cli(ledger, "audit", "replay", *until).stdout
    assert f"until 0:{places[0]}, 1:{places[1]}; digests there" in told
    assert kept["holding"] in told

    with connect(ledger.dsn) as connection:  # what an operator changes of then is found though the live tables are further
        one = "(SELECT min(ctid) FROM projection.violation)"
        assert connection.execute(f"UPDATE projection.violation SET severity = 'noted' WHERE ctid = {one}").rowcount == 1  # noqa: S608
    code, said = replayed(ledger, *until)
    assert (code, [each["table"] for each in said["differences"]]) == (1, ["violation"])
    assert said["differences"][0]["events"]

    by_time = replayed(ledger, "--until", recorded[0].isoformat().replace("+00:00", "Z"))[1]
    # The last record of partition 0 is no tick, and may have been written a millisecond later than the last one.
    assert all(place <= by_time["up_to"][f"facts-{number}"] <= place + 1 for number, place in places.items())
    refused = run_cli(ledger, "audit", "replay", "--until", "0:999999")
    assert (refused.returncode, "expected an offset of at least 0 and below" in refused.stderr) == (2, True)


def test_on_a_day_the_first_subject_whose_answer_is_another_is_shown_with_both_sides(sealed: TestLedger) -> None:
    day = ("--on", "2018-06-03")
    assert replayed(sealed, *day)[0] == 0
    with connect(sealed.dsn) as connection:
        (partition, offset, value) = connection.execute(
            "SELECT partition, log_offset, value FROM projection.fact WHERE subject_id IS NOT NULL ORDER BY subject_id, log_offset LIMIT 1"
        ).fetchone() or (0, 0, b"")
        name, fields = codec.decode(bytes(value))
        forged = codec.encode(name, fields | {"categories": ["pd:PostalAddress"]})
        connection.execute("UPDATE projection.fact SET value = %s WHERE partition = %s AND log_offset = %s", [forged, partition, offset])

    code, said = replayed(sealed, *day)

    assert code == 1
    assert [each["table"] for each in said["differences"]] == ["fact"]
    assert said["answers"]["differing"] == 1
    first = said["answers"]["first"]
    assert first["subject_ref"] == fields["subject_ref"]
    (line,) = (each for each in first["lines"] if each["kind"] == "holding" and each["name"].startswith(CONTROLLER))
    assert [each["category"]["term"] for each in line["then"]["categories"]] == ["pd:PostalAddress"]
    told = run_cli(sealed, "audit", "replay", *day)
    assert f"{CONTROLLER} / {fields['subject_ref']}: the first of whom they differ" in told.stdout
    assert "rests on event" in told.stdout


def test_one_person_on_both_axes(ledger: TestLedger) -> None:
    produce(ledger, [policy(1, 0, [rule("R-1", 100)]), collected(2, 1), collected(3, 1, subject="s2"), tick(4, 5)], poison=False)
    fold_live(ledger)
    with connect(ledger.dsn) as connection:
        recorded = connection.execute("SELECT max(recorded_at) FROM projection.fact").fetchone() or (datetime.now(UTC),)
        places = dict(connection.execute("SELECT partition, max(log_offset) FROM projection.tick GROUP BY 1").fetchall())
    produce(ledger, [erased(6, 3)], poison=False)
    fold_live(ledger)
    words = ("audit", "as-of", "s1", "-c", CONTROLLER, "--on", "2018-06-05")

    for known_at in (recorded[0].isoformat().replace("+00:00", "Z"), str(places[partition_of(message_key(CONTROLLER, "s1"), PARTITIONS)])):
        done = run_cli(ledger, *words, "--known-at", known_at)
        assert done.returncode == 0, done.stderr
        assert "gone  holding hoster / crm" in done.stdout
        assert "because of DataErased of" in done.stdout
        said = json.loads(run_cli(ledger, *words, "--known-at", known_at, "--json").stdout)
        assert {(each["kind"], each["change"]) for each in said["lines"]} == {("holding", "GONE"), ("erasure", "NEW")}
    assert run_cli(ledger, "audit", "as-of", "nobody", "-c", CONTROLLER, "--known-at", "0").returncode == 1
    assert run_cli(ledger, "audit", "as-of", "s1", "-c", CONTROLLER, "--known-at", "soon").returncode == 2
