"""What was so on a day about everybody, from two stores of one log: the same, or who is the first of whom it is not."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.answers.everybody_on import DayCompared, Stored, compare_day
from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.contract import codec
from ledger.core.ids import subject_id
from tests.histories import CONTROLLER, Event, at, collected, erased, policy, project, rule, shared, tick
from tests.memory_answers import MemoryAnswers
from tests.memory_projection import MemoryProjection

LOG: list[Event] = [
    policy(1, 0, [rule("R-1", 10)]), collected(2, 1), collected(3, 1, subject="s2"), shared(4, 2, subject="s3"), tick(5, 12), erased(6, 13),
    collected(7, 14, subject="s4"), policy(8, 15, [rule("R-1", 3)]), tick(9, 20),
]  # fmt: skip


class Day:
    """everybody_on.DayStore over a projection in memory."""

    def __init__(self, store: MemoryProjection) -> None:
        self._store, self._answers = store, MemoryAnswers(store)

    def facts_by_subject(self) -> Iterator[Stored]:
        rows = (row for row in self._store.facts.values() if row[2] is not None)
        return iter(sorted(((row[0], row[2], row[1], row[6]) for row in rows), key=lambda each: (each[1], each[2])))

    def register_copies(self, partition: int, after: int, before: int) -> list[tuple[int, bytes]]:
        return self._answers.register_copies(partition, after, before)

    def ticks(self, partition: int, before: int) -> Iterator[tuple[int, int]]:
        return iter(sorted((row[1], row[3]) for row in self._store.ticks.values() if row[0] == partition and row[1] < before))


def day(live: MemoryProjection, on: float = 16, *, end: int = len(LOG)) -> DayCompared:
    return compare_day(Day(live), Day(project(LOG)), at(on), {0: end})


def test_two_foldings_of_one_log_say_the_same_of_everybody() -> None:
    found = day(project(LOG))

    assert (found.subjects, found.differing, found.first) == (4, 0, None)
    assert found.sha256 != day(project(LOG), on=13).sha256
    assert found.sha256 == day(project(LOG)).sha256


def test_the_answers_are_those_that_the_ledger_gives() -> None:
    from ledger.answers.everybody_on import _Side

    for on in (0, 1, 12.5, 13, 16, 20):
        store = project(LOG)
        for wanted, facts in _Side(Day(store), at(on), {0: len(LOG)}).subjects():
            made = as_json(_Side(Day(store), at(on), {0: len(LOG)}).answer(facts))
            given = as_json(Query(MemoryAnswers(store)).subject(CONTROLLER, made["subject_ref"], on=at(on)))
            assert subject_id(CONTROLLER, made["subject_ref"]) == wanted
            assert made | {"freshness": None} == given | {"freshness": None}, on


def test_a_fact_that_somebody_wrote_over_shows_whom_it_is_about_with_both_sides() -> None:
    store = project(LOG)
    (place, row) = next((place, row) for place, row in store.facts.items() if row[1] == 2)
    name, fields = codec.decode(row[6])
    store.facts[place] = (*row[:6], codec.encode(name, fields | {"categories": ["pd:EmailAddress"]}))

    found = day(store)

    assert (found.differing, found.first is not None) == (1, True)
    assert found.first is not None
    assert (found.first.controller, found.first.subject_ref) == (CONTROLLER, "s2")
    (line,) = (each for each in found.first.lines if each.kind == "holding")
    assert line.then is not None and line.now is not None
    assert [each["category"]["term"] for each in line.then["categories"]] == ["pd:EmailAddress"]
    assert [each["category"]["term"] for each in line.now["categories"]] == ["pd:Name"]


def test_a_fact_that_was_taken_away_a_tick_that_was_moved_and_bytes_that_say_nothing_are_found() -> None:
    gone = project(LOG)
    del gone.facts[next(place for place, row in gone.facts.items() if row[1] == 2)]
    assert (day(gone).differing, day(gone).subjects) == (1, 4)

    moved = project(LOG)
    (place, row) = next((place, row) for place, row in moved.ticks.items() if row[1] == 4)
    moved.ticks[place] = (*row[:3], at(1.5), *row[4:])
    assert day(moved, on=13).differing == 4, "the ledger's time is in every answer"

    broken = project(LOG)
    for place, row in list(broken.facts.items()):
        if row[1] in (0, 1):
            broken.facts[place] = (*row[:6], b"\0nothing")
    assert day(broken).differing >= 1


def test_what_was_recorded_behind_the_place_is_left_out() -> None:
    longer = project([*LOG, erased(20, 2, subject="s2")])

    assert day(longer).differing == 0
    assert day(longer, end=len(LOG) + 1).differing == 1
