"""Records of one partition: what is refused, what is a repeat, and what time may do. Every record ends in exactly one place."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pytest

from ledger.contract import codec
from ledger.core.delta import NOBODY
from ledger.core.ids import message_key, partition_of
from ledger.errors import OperatorError
from ledger.folding.reading import REGISTER_OFFSET_HEADER, RegisterGapError
from tests.histories import (
    ACTIVITIES,
    CONTROLLER,
    DAY,
    at,
    collected,
    erased,
    event_id,
    fact,
    policy,
    project,
    projecting,
    records,
    rule,
    shared,
    tick,
)
from tests.memory_projection import MemoryProjection

GOOD = collected(1, 0)
KEY = message_key(CONTROLLER, "s1")


def reasons(store: MemoryProjection) -> list[str]:
    return [row[3] for _, row in sorted(store.dead_letters.items())]


def fold(*batches: list[Any], **wishes: Any) -> MemoryProjection:
    """Fold batches of records, starting again before each, as after a crash."""
    store = MemoryProjection()
    for batch in batches:
        store.write(projecting(store, **wishes).project(batch))
    return store


def numbered(*parts: tuple[Any, ...], first_offset: int = 0) -> list[Any]:
    """(key, value[, headers[, broker microseconds]]) as records."""
    found = []
    for offset, (key, value, *rest) in enumerate(parts, start=first_offset):
        headers = rest[0] if rest else []
        found.append((offset, (rest[1] if len(rest) > 1 else at(100)) // 1000, key, value, headers))
    return found


def value_of(event: tuple[str, dict[str, Any]]) -> bytes:
    return codec.encode(*event)


POISON = {
    "empty": (KEY, None),
    "bad_magic": (KEY, b"\x01" + value_of(GOOD)[1:]),
    "unknown_schema": (KEY, b"\x00\x00\x00\x00\x07" + value_of(GOOD)[5:]),
    "truncated": (KEY, value_of(GOOD)[:-20]),
    "trailing_bytes": (KEY, value_of(GOOD) + b"\x00"),
    "oversize": (KEY, value_of(GOOD) + bytes(1 << 20)),
    "wrong_key": (b"hoster/s2", value_of(GOOD)),
    "bad_subject": (b"hoster/", value_of(collected(9, 0, subject=""))),
    "not_a_fact": (
        KEY,
        codec.encode(
            "ObligationMet",
            {
                **{k: GOOD[1][k] for k in ("event_id", "controller", "subject_ref", "occurred_at", "source", "salt")},
                "obligation_id": event_id(1), "kind": "ERASE", "holder": "h", "rule": "r", "partition": 0, "log_offset": 0,
            },
        ),
    ),
    "not_a_copy": (None, value_of(tick(8, 1))),
    "zero_byte": (KEY, value_of(collected(9, 0, store="a\0b"))),
    "impossible_time": (KEY, value_of(collected(9, -400_000))),
    "future": (KEY, value_of(collected(9, 1_200_000))),
    "unreadable_policy": (None, value_of(policy(9, 0, [], time_zone="Europe/Nowhere")), [(REGISTER_OFFSET_HEADER, b"0")]),
}  # fmt: skip


@pytest.mark.parametrize("reason", POISON)
def test_poison_is_put_aside_with_its_reason_and_everything_after_it_goes_on(reason: str) -> None:
    good, after = (KEY, value_of(GOOD)), (KEY, value_of(shared(2, 1)))

    store = fold(numbered(good, POISON[reason], after), numbered((KEY, value_of(erased(3, 2))), first_offset=3))

    assert reasons(store) == [reason]
    assert [row[1] for row in store.facts.values()] == [0, 2, 3]
    letter = store.outcomes[0, 1, (NOBODY, 0)]
    assert letter[3] == "dead-letters"
    assert b"hoster" not in letter[6]


BAD_POLICIES = {
    "zone": {"time_zone": "Europe/Nowhere"},
    "zone is a folder": {"time_zone": "Europe"},
    "zone is a list": {"time_zone": ["UTC"]},
    "zone leads out": {"time_zone": "../../etc/passwd"},
    "format": {"format": 99},
    "rules": {"retention": [{"id": "R"}]},
    "ids": {"retention": [rule("R", 1) | {"id": 7}]},
    "zero byte": {"retention": [rule("R\0", 1)]},
    "half a surrogate pair": {"retention": [rule("HH-\ud800", 1)]},
    "anchor is a list": {"retention": [rule("R", 1) | {"anchors": [["SERVICE_ENDED"]]}]},
    "anchors are a text": {"retention": [rule("R", 1) | {"anchors": "SERVICE_ENDED"}]},
    "unknown anchor": {"retention": [rule("R", 1, ["SERVICE_STOPPED"])]},
    "anchors without end": {"retention": [rule("R", 1, ["COLLECTION"] * 100)]},
    "statute is a number": {"retention": [rule("R", 1) | {"statute": 52}]},
    "long id": {"retention": [rule("R" * 1_000_000, 1)]},
    "rules without end": {"retention": [rule("R", 1)] * 10_000},
    "title is a list": {"title": ["Privacy"]},
    "zero byte in the title": {"title": "Privacy\0"},
    "promise of an activity": {"activities": {"customers": ACTIVITIES["customers"] | {"promises": ["MD-02\udfff"]}}},
    "promises are a text": {"activities": {"customers": ACTIVITIES["customers"] | {"promises": "MD-02"}}},
    "promise of a recipient": {"recipients": {"registry": {"promises": [13]}}},
    "need of another act": {"conditions": [{"id": "MD-13", "act": "use", "needs": ["service_ref"]}]},
    "id of a prohibition": {"prohibitions": [{"id": "MD-\ud800"}]},
    "act of a prohibition": {"prohibitions": [{"id": "MD-12", "act": ["share"]}]},
    "needs nothing known": {"conditions": [{"id": "SO-05", "act": "use", "needs": ["luck"], "purposes": ["dpv:DirectMarketing"]}]},
    "law of nowhere": {"law": {"format": 1}},
    "country of a store": {"activities": {"customers": ACTIVITIES["customers"] | {"stores": {"crm": ["NL"]}}}},
    "note of a promise": {"promises": {"MD-01": {"status": "checked", "note": 1}}},
    "nested": {"more": json.loads("[" * 200 + "]" * 200)},
}


@pytest.mark.parametrize("name", BAD_POLICIES)
def test_a_policy_that_cannot_be_read_is_put_aside_and_the_worker_starts_again(name: str) -> None:
    given: dict[str, Any] = dict(BAD_POLICIES[name])
    bad = policy(9, 0, given.pop("retention", []), **given)

    store = project([bad, GOOD])
    project(records([tick(8, 1)], first_offset=2, register_offset=1), store)

    assert reasons(store) == ["unreadable_policy"]
    assert len(store.ticks) == 1


def test_a_deeply_nested_policy_is_put_aside() -> None:
    name, fields = policy(9, 0, [])

    assert reasons(project([(name, fields | {"compiled": "[" * 200_000}), GOOD])) == ["unreadable_policy"]


def test_what_a_policy_has_more_of_is_no_harm() -> None:
    more = {"note": {"anything": [1, 2.5, None, True]}}

    store = project([policy(9, 0, [rule("R", 1, per_whom="all")], **more), GOOD])

    assert reasons(store) == []
    assert len(store.facts) == 2


def test_a_policy_of_a_controller_that_no_column_can_hold_is_put_aside() -> None:
    assert reasons(project([policy(9, 0, [], controller="shop\0"), GOOD])) == ["zero_byte"]


@pytest.mark.parametrize("header", [None, b"", b"-1", b"x", b"9" * 5000])
def test_a_copy_without_a_readable_register_offset_is_put_aside(header: bytes | None) -> None:
    store = fold(numbered((None, value_of(tick(8, 1)), [(REGISTER_OFFSET_HEADER, header)]), (KEY, value_of(GOOD))))

    assert reasons(store) == ["not_a_copy"]
    assert len(store.facts) == 1


COPY = (None, value_of(tick(8, 1)), [(REGISTER_OFFSET_HEADER, b"0")])
FORGED = {
    "a tick under a key": ("not_a_copy", KEY, value_of(tick(9, 2))),
    "a policy under a key": ("not_a_copy", KEY, value_of(policy(9, 2, []))),
    "a tick under an empty key": ("not_a_copy", b"", value_of(tick(9, 2))),
    "garbage under a key": ("bad_magic", KEY, b"garbage"),
    "a fact under another key": ("wrong_key", b"hoster/s2", value_of(GOOD)),
    "an outcome under a key": ("not_a_fact", *POISON["not_a_fact"]),
}


@pytest.mark.parametrize("offset", [b"0", b"999"])
@pytest.mark.parametrize("name", FORGED)
def test_under_a_key_a_register_offset_makes_no_copy_no_gap_and_takes_no_copys_place(name: str, offset: bytes) -> None:
    reason, key, value = FORGED[name]

    store = fold(numbered((key, value, [(REGISTER_OFFSET_HEADER, offset)]), COPY, (KEY, value_of(GOOD))))

    assert reasons(store) == [reason]
    assert [(row[1], row[2], row[3]) for row in store.ticks.values()] == [(1, 0, at(1))]
    assert (store.progress("facts", 0).register_next, store.progress("facts", 0).duplicates) == (1, 0)


def test_a_good_fact_stays_one_whatever_register_offset_it_carries() -> None:
    store = fold(numbered((KEY, value_of(GOOD), [(REGISTER_OFFSET_HEADER, b"999")]), COPY))

    assert (len(store.facts), len(store.ticks), reasons(store)) == (1, 1, [])


@pytest.mark.parametrize("value", [b"garbage", None, value_of(GOOD), POISON["not_a_fact"][1]], ids=["garbage", "nothing", "fact", "outcome"])
def test_what_is_no_register_event_never_looks_like_a_gap(value: bytes | None) -> None:
    forged = (None, value, [(REGISTER_OFFSET_HEADER, b"999")])

    store = fold(numbered(forged), numbered(forged, COPY, first_offset=1))

    assert reasons(store) == ["not_a_copy", "not_a_copy"]
    assert (store.progress("facts", 0).register_next, store.progress("facts", 0).duplicates) == (1, 0)
    assert len(store.ticks) == 1


def test_an_unreadable_copy_hides_no_gap() -> None:
    after_gap = (None, b"garbage", [(REGISTER_OFFSET_HEADER, b"1")])

    with pytest.raises(RegisterGapError, match="expected the copy of register offset 0, got 2"):
        fold(numbered(after_gap, (None, value_of(tick(8, 1)), [(REGISTER_OFFSET_HEADER, b"2")])))


def test_a_fact_in_a_partition_that_is_not_its_own_is_put_aside() -> None:
    home = partition_of(KEY, 4)
    store = MemoryProjection()

    store.write(projecting(store, partitions=4).project(records([GOOD])))

    assert reasons(store) == ([] if home == 0 else ["wrong_partition"])
    assert home != 0


def test_a_repeat_is_counted_and_changes_nothing_within_a_batch_and_between() -> None:
    once, made = project([GOOD]), records([GOOD, GOOD, GOOD])

    for store in (fold(made), fold(made[:1], made[1:2], made[2:])):
        assert store.progress("facts", 0).duplicates == 2
        assert store.holding_rows() == once.holding_rows()


def test_an_event_id_from_another_source_is_put_aside_however_the_log_is_cut() -> None:
    name, fields = GOOD
    thief = (name, fields | {"source": "thief"})
    made = records([GOOD, thief, GOOD, thief])

    whole, cut, halves = fold(made), fold(made[:1], made[1:2], made[2:3], made[3:]), fold(made[:1], made[1:])

    assert reasons(whole) == ["id_reused", "id_reused"]
    assert whole.tables() == cut.tables() == halves.tables()


def test_an_old_id_is_found_again_after_a_restart() -> None:
    made = records([collected(5, 0), collected(3, 0, store="billing"), collected(3, 0, store="billing")])

    store = fold(made[:2], made[2:])

    assert store.progress("facts", 0).duplicates == 1


@pytest.mark.parametrize("between", [[], [shared(8, 1), shared(9, 1)]], ids=["next batch", "later batch"])
def test_an_id_that_is_not_committed_yet_is_not_forgotten(between: list[Any]) -> None:
    store = MemoryProjection()
    fold_ = projecting(store, recent_events_max=1)
    made = records([GOOD, shared(2, 1), shared(3, 1), *between, GOOD])

    deltas = [fold_.project(batch) for batch in (made[:3], made[3:-1], made[-1:]) if batch]
    for delta in deltas:
        store.write(delta)

    assert [row[1] for row in store.facts.values() if row[3] == event_id(1)] == [0]
    assert store.progress("facts", 0).duplicates == 1


class AskedStore(MemoryProjection):
    """Notes which ids it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[bytes] = []

    def known_events(self, partition: int, event_ids: Collection[bytes]) -> dict[bytes, bytes]:
        self.asked += event_ids
        return super().known_events(partition, event_ids)


def test_an_id_that_is_committed_is_forgotten_and_found_in_the_store() -> None:
    store = AskedStore()
    fold_ = projecting(store, recent_events_max=1)
    made = records([GOOD, shared(2, 1), erased(3, 2), GOOD, shared(2, 1), erased(3, 2)])

    for batch in (made[:2], made[2:3], made[3:]):
        delta = fold_.project(batch)
        store.write(delta)
        fold_.note_committed(delta.number)

    assert sorted(store.asked) == [event_id(1), event_id(2)], "the last one is still remembered"
    assert store.progress("facts", 0).duplicates == 3


def test_a_register_event_published_twice_counts_once() -> None:
    rules = policy(1001, 0, [rule("R", 1)])

    for store in (fold(records([rules, rules, GOOD])), fold(*[records([rules, rules, GOOD])[n : n + 1] for n in range(3)])):
        assert store.progress("facts", 0).register_next == 2
        assert store.progress("facts", 0).duplicates == 1
        assert [row[1] for row in store.facts.values()] == [0, 2]


def test_a_fact_with_the_id_of_a_register_event_is_put_aside_or_a_repeat() -> None:
    name, fields = collected(1001, 0)

    store = fold(records([policy(1001, 0, []), (name, fields | {"source": "other"})]))

    assert reasons(store) == ["id_reused"]


def test_a_copy_broadcast_again_is_a_repeat() -> None:
    first = records([policy(1001, 0, []), tick(2001, 1)])
    again = records([policy(1001, 0, []), tick(2001, 1)], first_offset=2)

    store = fold(first + again)

    assert (store.progress("facts", 0).register_next, store.progress("facts", 0).duplicates) == (2, 2)
    assert len(store.ticks) == 1


def test_a_missing_copy_stops_the_fold() -> None:
    with pytest.raises(RegisterGapError, match="expected the copy of register offset 1, got 2"):
        fold(records([tick(2001, 1)]) + records([tick(2002, 2)], first_offset=1, register_offset=2))


def test_a_gap_in_the_offsets_stops_the_fold() -> None:
    with pytest.raises(OperatorError, match="expected offset 1, got 2"):
        fold([records([GOOD])[0], records([shared(2, 1)], first_offset=2)[0]])


def test_records_already_folded_are_passed_over() -> None:
    store = fold(records([GOOD, shared(2, 1)]), records([GOOD, shared(2, 1), erased(3, 2)]))

    assert store.progress("facts", 0).next_offset == 3
    assert store.progress("facts", 0).duplicates == 0


@pytest.mark.parametrize("mode", ["REAL", "SIMULATED"])
def test_on_a_real_ledger_time_never_passes_the_brokers_clock(mode: str) -> None:
    store = fold(records([tick(2001, 50, mode)], broker_at=at(10)), simulated=False)

    assert store.progress("facts", 0).time_reached == at(10)


def test_on_a_simulated_ledger_a_tick_may_lead_the_clocks() -> None:
    assert fold(records([tick(2001, 50)], broker_at=at(10))).progress("facts", 0).time_reached == at(50)


def test_time_never_goes_back() -> None:
    assert fold(records([tick(2001, 50), tick(2002, 20)])).progress("facts", 0).time_reached == at(50)


def test_on_a_real_ledger_a_fact_from_the_future_is_put_aside_and_a_little_skew_is_not() -> None:
    made = [collected(1, 10 + 200 / 86_400), collected(2, 10 + 400 / 86_400)]

    store = fold(records(made, broker_at=at(10)), simulated=False)

    assert reasons(store) == ["future"]
    assert len(store.facts) == 1


def test_a_tick_in_the_same_batch_raises_what_a_fact_before_it_made_due() -> None:
    store = fold(records([policy(1001, 0, [rule("R", 10)]), GOOD, tick(2001, 20)]))

    assert [(row[14], row[15], row[16] // DAY) for row in store.obligation_rows()] == [("R", "OPEN", at(20) // DAY)]


def test_a_second_due_date_is_not_forgotten_while_nothing_is_committed() -> None:
    log = [policy(1001, 0, [rule("R", 10)]), GOOD, collected(2, 10, store="billing"), tick(2001, 15), tick(2002, 25), tick(2003, 60)]
    store, made = MemoryProjection(), records(log)
    fold_ = projecting(store)

    deltas = [fold_.project(made[:3]), *(fold_.project([record]) for record in made[3:])]

    for delta in deltas:
        store.write(delta)
    assert sorted(row[17] for row in store.obligation_rows()) == [3, 4]
    assert {row[15] for row in store.obligation_rows()} == {"OVERDUE"}


def test_the_last_possible_times_do_not_stop_the_fold() -> None:
    days = (95_617_584_000_000_000 - at(0)) // DAY
    rules = policy(1001, 0, [rule("R", 1) | {"after": "P1000Y", "then": "P1000Y", "rounding": "calendar_year_end"}], acts_within="P1000Y")

    name, fields = tick(2001, 0)
    store = fold(records([rules, collected(1, days), collected(2, -30_000), (name, fields | {"time": 2**62}), tick(2002, 1)], broker_at=at(0)))

    assert reasons(store) == []


def test_every_record_ends_in_exactly_one_place() -> None:
    made = records([policy(1001, 0, []), GOOD, GOOD, tick(2001, 1), shared(2, 1), fact("KeyDestroyed", 3, 2, key_id="k")])
    made.insert(3, made[2])
    made = [(offset, *record[1:]) for offset, record in enumerate(made)]
    made.append((len(made), 0, b"x", b"junk", []))

    store = fold(made)

    places = len(store.facts) + len(store.ticks) + len(store.dead_letters) + store.progress("facts", 0).duplicates
    assert places == store.progress("facts", 0).next_offset == len(made)
