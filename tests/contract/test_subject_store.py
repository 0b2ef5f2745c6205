"""One suite for the ports SubjectStore and ProjectionWriter: what memory does, PostgreSQL does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ledger.adapters.memory_store import MemoryStore
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.core.delta import NOBODY, NOTHING_PENDING, Pending, RegisterStep
from ledger.errors import FencedError, OperatorError
from ledger.folding.ports import Found, Progress
from tests.projections import START, delta, entry_row, fact_row, holding_row, id_of, obligation_row, subject_row

Store = MemoryStore | PostgresProjection


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    projection = PostgresProjection(request.getfixturevalue("database"))
    yield projection
    projection.close()


def test_nothing_is_known_at_first(store: Store) -> None:
    assert store.load([id_of(1)]) == {}
    assert store.load([]) == {}
    assert store.due(0, 0, START, NOBODY, 10) == []
    assert store.of_controller(0, "hoster-a", NOBODY, 10) == []
    assert store.latest_facts([id_of(1)], 0) == store.latest_facts([], 0) == {}
    assert store.known_events(0, [id_of(1)]) == {}
    assert store.newest_event_id(0) is None
    assert list(store.history(0, id_of(1))) == []
    assert list(store.register_copies(0)) == []
    assert store.progress("facts", 0) == Progress(0, 0, 0, 0)


def test_those_of_whom_a_holder_has_something_or_had_are_found_by_holder_and_store(store: Store) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("categories", "category_evidence", "evidence_at", "evidence_event", "evidence_offset"), ())
    gone = holding_row(4, 1, holder="registry", store=None, **nothing)
    rows = [
        holding_row(1, 1, holder="hoster-a", store="crm"), holding_row(1, 2, holder="registry", store=None),
        holding_row(2, 1, holder="hoster-a", store="billing"), holding_row(3, 1, holder="hoster-a", store="crm", partition=1), gone,
    ]  # fmt: skip
    store.write(delta(0, 5, new_holdings=[row for row in rows if row[2] == 0]))
    store.write(delta(0, 5, partition=1, new_holdings=[row for row in rows if row[2] == 1]))

    def found(*holders: tuple[str, str | None], partition: int = 0, controller: str = "hoster-a") -> list[str]:
        return [ref for _, _, ref in store.held_by(partition, controller, holders, NOBODY, 10)]

    assert found(("hoster-a", "crm")) == ["subject-1"]
    assert found(("hoster-a", None)) == ["subject-1", "subject-2"]
    assert found(("registry", None), ("hoster-a", "billing")) == ["subject-1", "subject-2", "subject-4"]
    assert found(("hoster-a", "crm"), partition=1) == ["subject-3"]
    assert found(("hoster-a", None), controller="another") == []


def test_rows_come_back_as_they_were_written(store: Store) -> None:
    plain = holding_row(1, 1)
    full = holding_row(
        1, 2, store="billing", received_from="hoster-a", category_evidence=(1, 0), evidence_at=(START, START + 1),
        evidence_event=(id_of(7), id_of(9)), evidence_offset=(3, 2**40), erased=("pd:Age",), erased_at=(START + 5,),
        role="dpv:Recipient", statute="AWR 52", safeguard="SCC", agreement="a-1", product=".nl", due_at=START + 9,
        rule="r", anchor_event=(id_of(1), id_of(2)), anchor_offset=(1, 2), held_back=True,
    )  # fmt: skip
    bare = holding_row(1, 3, categories=(), category_evidence=(), evidence_at=(), evidence_event=(), evidence_offset=(),
                       ref=None, subject_ref="é€😀", latest_at=-1, country=None)  # fmt: skip
    subject, obligation = subject_row(1, '{"a":"é"}'), obligation_row(1, 4, store="s", request_ref="r")

    store.write(
        delta(
            0, 5, new_holdings=[full, bare, plain], new_subjects=[subject], new_obligations=[obligation],
            new_entries=[entry_row(1, 2, '["é"]'), entry_row(1, 1)],
        )
    )

    rows = store.load([id_of(1), id_of(2)])
    assert list(rows) == [id_of(1)]
    assert rows[id_of(1)].holdings == [plain, full, bare]
    assert rows[id_of(1)].subject == subject
    assert rows[id_of(1)].obligations == [obligation]
    assert sorted(rows[id_of(1)].entries) == [entry_row(1, 1), entry_row(1, 2, '["é"]')]


def test_a_changed_row_replaces_the_one_with_its_key(store: Store) -> None:
    store.write(
        delta(
            0, 1, new_holdings=[holding_row(1, 1), holding_row(1, 2)], new_subjects=[subject_row(1)],
            new_obligations=[obligation_row(1, 1), obligation_row(1, 2)], new_entries=[entry_row(1, 1), entry_row(1, 2)],
        )
    )
    changed = holding_row(1, 1, categories=("pd:Name",), category_evidence=(0,), due_at=START)
    overdue = obligation_row(1, 1, state="OVERDUE")
    met = obligation_row(1, 2, state="MET", settled_at=START, settled_offset=9, settled_event=id_of(3))

    store.write(
        delta(
            1, 2, changed_holdings=[changed], changed_subjects=[subject_row(1, '{"b":1}')],
            changed_obligations=[overdue, met], changed_entries=[entry_row(1, 2, "[2]")],
        )
    )

    rows = store.load([id_of(1)])[id_of(1)]
    assert rows.holdings == [changed, holding_row(1, 2)]
    assert rows.subject == subject_row(1, '{"b":1}')
    assert sorted(rows.entries) == [entry_row(1, 1), entry_row(1, 2, "[2]")]
    assert rows.obligations == [overdue], "a settled obligation is not loaded"


def test_an_entry_that_is_not_there_cannot_change(store: Store) -> None:
    with pytest.raises(OperatorError, match="cannot change rows of subject_entry"):
        store.write(delta(0, 1, changed_entries=[entry_row(1, 1)]))


def test_a_changed_row_that_is_not_there_is_refused_and_nothing_is_written(store: Store) -> None:
    wrong = delta(0, 1, facts=[fact_row(0)], changed_holdings=[holding_row(1, 1)])

    with pytest.raises(OperatorError, match="cannot change rows of holding"):
        store.write(wrong)

    assert store.progress("facts", 0).next_offset == 0
    assert store.known_events(0, [fact_row(0)[3]]) == {}


def test_due_are_those_whose_date_has_come_since_those_held_back_and_those_overdue(store: Store) -> None:
    store.write(
        delta(
            0, 1,
            new_holdings=[
                holding_row(1, 1, due_at=START), holding_row(1, 2, due_at=START),
                holding_row(2, 1, due_at=START + 1), holding_row(3, 1, due_at=START - 5), holding_row(9, 1, due_at=START - 5, held_back=True),
                holding_row(4, 1), holding_row(5, 1, partition=1, due_at=START),
            ],
            new_obligations=[
                obligation_row(6, 1, overdue_at=START), obligation_row(7, 2, overdue_at=START + 1),
                obligation_row(8, 3, overdue_at=START, state="OVERDUE"),
            ],
        )
    )

    assert store.due(0, START - 5, START - 1, NOBODY, 10) == [(id_of(9), "hoster-a", "subject-9")]
    assert store.due(0, START - 6, START - 6, NOBODY, 10) == []
    assert [ref for _, _, ref in store.due(0, START - 1, START, NOBODY, 10)] == ["subject-1", "subject-6", "subject-9"]
    assert [ref for _, _, ref in store.due(0, START, START + 1, NOBODY, 10)] == ["subject-2", "subject-6", "subject-7", "subject-9"]
    assert [ref for _, _, ref in store.due(0, 0, START, NOBODY, 10)] == ["subject-1", "subject-3", "subject-6", "subject-9"]


def test_due_are_those_whose_hold_ends(store: Store) -> None:
    looks_alike = '{"consents":[["\\"wakes\\":1",null,null,[]]]}'
    states = {1: f'{{"holds":[],"wakes":{START}}}', 2: f'{{"wakes":{START + 1}}}', 3: "{}", 4: looks_alike}
    store.write(delta(0, 1, new_subjects=[subject_row(subject, state) for subject, state in states.items()]))
    store.write(delta(0, 1, partition=1, new_subjects=[subject_row(5, states[1], partition=1)]))

    assert store.due(0, 0, START - 1, NOBODY, 10) == []
    assert store.due(0, 0, START, NOBODY, 10) == [(id_of(1), "hoster-a", "subject-1")]
    assert [ref for _, _, ref in store.due(0, 0, START + 1, NOBODY, 10)] == ["subject-1", "subject-2"]


HELD = (("registry", None), ("nobody", "crm"))


def pages(ask: Callable[[bytes, int], list[Found]], limit: int) -> list[list[bytes]]:
    """All pages: of each the ids, up to one that is not full."""
    found, after = [], NOBODY
    while True:
        page = ask(after, limit)
        found.append([subject_id for subject_id, _, _ in page])
        if len(page) < limit:
            return found
        after = page[-1][0]


def test_pages_follow_the_order_of_ids_and_give_each_subject_once(store: Store) -> None:
    due = {"due_at": START}
    store.write(
        delta(
            0, 1,
            new_holdings=[holding_row(subject, number, **due) for subject in (9, 2, 7, 4, 255) for number in (1, 2, 3)],
            new_obligations=[obligation_row(2, 1, overdue_at=START), obligation_row(3, 2, overdue_at=START), obligation_row(8, 3, overdue_at=START)],
            new_subjects=[subject_row(2, f'{{"wakes":{START}}}'), subject_row(1, f'{{"wakes":{START}}}'), subject_row(6, f'{{"wakes":{START}}}')],
        )
    )
    ids = [id_of(subject) for subject in (1, 2, 3, 4, 6, 7, 8, 9, 255)]

    for limit in (1, 2, 3, 4, 9, 10):
        for ask in (partial(store.due, 0, 0, START), partial(store.of_controller, 0, "hoster-a"), partial(store.held_by, 0, "hoster-a", HELD)):
            found = pages(ask, limit)
            expected = ids if ask.func != store.held_by else [id_of(subject) for subject in (2, 4, 7, 9, 255)]
            assert [subject_id for page in found for subject_id in page] == expected
            assert all(len(page) == limit for page in found[:-1])


def test_the_latest_fact_above_an_offset_is_found(store: Store) -> None:
    store.write(delta(0, 9, facts=[fact_row(2), fact_row(5), fact_row(4, subject=2), fact_row(6, subject=None), fact_row(8, subject=3)]))

    assert store.latest_facts([id_of(1), id_of(2), id_of(4)], 4) == {id_of(1): 5}
    assert store.latest_facts([id_of(1), id_of(2)], 1) == {id_of(1): 5, id_of(2): 4}


PENDING = Pending(
    (RegisterStep(3, id_of(4), id_of(5), START, START + 1, START - 1), RegisterStep(6, id_of(7), id_of(8), START + 2, START + 3, START + 1)), id_of(9)
)


def test_what_is_pending_comes_back_and_may_move_alone(store: Store) -> None:
    store.write(delta(0, 7, pending=PENDING))
    assert store.progress("facts", 0).pending == PENDING

    moved = PENDING._replace(after=id_of(10))
    store.write(delta(7, 7, was_pending=PENDING, pending=moved))
    assert store.progress("facts", 0).pending == moved

    store.write(delta(7, 7, was_pending=moved))
    assert store.progress("facts", 0).pending == NOTHING_PENDING


@pytest.mark.parametrize("wrong", [NOTHING_PENDING, PENDING._replace(after=id_of(8)), Pending(PENDING.steps[1:], PENDING.after)])
def test_a_delta_that_does_not_go_on_with_what_is_pending_is_fenced(store: Store, wrong: Pending) -> None:
    store.write(delta(0, 7, pending=PENDING))

    with pytest.raises(FencedError):
        store.write(delta(7, 9, was_pending=wrong, new_holdings=[holding_row()]))

    assert store.load([id_of(1)]) == {}
    store.write(delta(7, 9, was_pending=PENDING))
    with pytest.raises(FencedError):
        store.write(delta(9, 10, was_pending=PENDING))


def test_subjects_of_a_controller_are_found_by_any_row(store: Store) -> None:
    store.write(
        delta(
            0, 1,
            new_holdings=[holding_row(1, 1), holding_row(2, 1, subject_ref="Z"), holding_row(3, 1, subject_ref="a"),
                          holding_row(9, 1, controller="hoster-b"), holding_row(8, 1, partition=1)],
            new_subjects=[subject_row(4)], new_obligations=[obligation_row(5, 1, subject_ref="é")],
        )
    )

    assert [ref for _, _, ref in store.of_controller(0, "hoster-a", NOBODY, 10)] == ["subject-1", "Z", "a", "subject-4", "é"]


def test_history_register_copies_and_known_events_come_from_facts_of_the_partition(store: Store) -> None:
    rows = [fact_row(0), fact_row(1, subject=None), fact_row(2), fact_row(4, subject=2, event=1)]
    store.write(delta(0, 5, facts=rows))
    store.write(delta(0, 1, partition=1, facts=[fact_row(0, event=9999, partition=1)]))

    assert list(store.history(0, id_of(1))) == [(0, rows[0][6]), (2, rows[2][6])]
    assert list(store.register_copies(0)) == [(1, rows[1][6])]
    assert store.known_events(0, [id_of(1), id_of(1000), id_of(5)]) == {id_of(1): rows[3][6], id_of(1000): rows[0][6]}
    assert store.known_events(1, [id_of(1)]) == {}
    assert store.newest_event_id(0) == id_of(1002)
    assert store.newest_event_id(1) == id_of(9999)


def test_progress_is_the_delta_written_last(store: Store) -> None:
    made = delta(0, 7)
    made.register_next, made.time_reached, made.duplicates = 3, START + 123_456, 2

    store.write(made)

    assert store.progress("facts", 0) == Progress(7, 3, START + 123_456, 2)
    assert store.progress("facts", 1) == Progress(0, 0, 0, 0)


@pytest.mark.parametrize("first", [0, 4, 6])
def test_a_delta_that_does_not_start_where_the_store_stands_is_fenced(store: Store, first: int) -> None:
    store.write(delta(0, 5))

    with pytest.raises(FencedError) as refused:
        store.write(delta(first, 9, facts=[fact_row(8)], new_holdings=[holding_row()]))

    assert (refused.value.expected, refused.value.got) == (5, first)
    assert store.load([id_of(1)]) == {}
    assert store.progress("facts", 0).next_offset == 5
    store.write(delta(5, 9))
