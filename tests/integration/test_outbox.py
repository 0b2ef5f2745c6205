"""What the relay may send while a register event is worked off: whole outcomes in order, and nothing twice or never."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.adapters.postgres_duties import Duty
from ledger.adapters.postgres_positions import PostgresPositions
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.core.delta import NOBODY, Pending, RegisterStep, Row
from tests.projections import delta, id_of


@pytest.fixture
def projection(database: str) -> Iterator[PostgresProjection]:
    made = PostgresProjection(database)
    yield made
    made.close()


def outcome(offset: int, subject: int, ordinal: int = 0) -> Row:
    text = f"{offset}/{subject}/{ordinal}".encode()
    return (0, offset, ordinal, "obligations", id_of(hash(text) & 0xFFFF), text, text, NOBODY if subject == 0 else id_of(subject))


def pending(offset: int, after: int) -> Pending:
    return Pending((RegisterStep(offset, id_of(1), id_of(2), 0, 0, 0),), id_of(after))


def send(duty: Duty, limit: int = 100) -> list[str]:
    """Send and note what may be sent."""
    unsent = duty.unsent(1, limit=limit)
    duty.note_sent({each.partition: (each.log_offset, each.subject_id, each.ordinal) for each in unsent})
    return [each.value.decode() for each in unsent]


def test_outcomes_of_a_pending_event_leave_up_to_its_place_and_later_ones_wait(projection: PostgresProjection, database: str) -> None:
    with Duty(database, "relay") as duty:
        assert duty.take()
        projection.write(delta(0, 6, outcomes=[outcome(2, 9), outcome(3, 4)], pending=pending(3, 4)))
        assert send(duty) == ["2/9/0", "3/4/0"]

        # A fact of subject 8 comes before its turn: the event is folded into it first.
        projection.write(
            delta(6, 8, outcomes=[outcome(3, 8), outcome(6, 8), outcome(7, 2)], was_pending=pending(3, 4), pending=pending(3, 4))
        )
        assert send(duty) == []

        projection.write(delta(8, 8, outcomes=[outcome(3, 5), outcome(3, 5, 1), outcome(3, 7)], was_pending=pending(3, 4), pending=pending(3, 7)))
        assert send(duty, limit=2) == ["3/5/0", "3/5/1"]
        assert send(duty) == ["3/7/0"]

        projection.write(delta(8, 8, outcomes=[outcome(3, 9)], was_pending=pending(3, 7)))
        assert send(duty) == ["3/8/0", "3/9/0", "6/8/0", "7/2/0"]
        assert send(duty) == []


def test_a_dead_letter_leaves_though_no_subject_is_behind_it(projection: PostgresProjection, database: str) -> None:
    with Duty(database, "relay") as duty:
        assert duty.take()
        projection.write(delta(0, 1, outcomes=[outcome(0, 0)]))
        assert send(duty) == ["0/0/0"]


def test_the_first_place_of_what_is_pending_is_told(projection: PostgresProjection, database: str) -> None:
    positions = PostgresPositions(database)
    projection.write(delta(0, 6, pending=pending(3, 4)))
    assert positions.pending("facts") == {0: 3}
    projection.write(delta(6, 7, was_pending=pending(3, 4)))
    assert positions.pending("facts") == {}
    positions.close()
