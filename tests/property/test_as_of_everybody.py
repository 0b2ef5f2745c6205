"""The projections as of a moment, folded from what is stored, give about everybody what the history of each one gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.answers.asking import Asking
from ledger.answers.one_subject import one_subject
from ledger.answers.query import Position, Query
from ledger.answers.shapes import as_json
from ledger.answers.shapes_subject import SubjectAnswer
from ledger.folding.ports import Progress, Stored
from ledger.folding.projecting import Projecting
from ledger.replaying.stored_log import Moment, StoredReading
from tests.histories import CONTROLLER, Event, at, histories, project
from tests.memory_answers import MemoryAnswers
from tests.memory_projection import MemoryProjection


def stored(store: MemoryProjection, before: int) -> list[Stored]:
    """What PostgresHistories.stored_log gives."""
    found: list[Stored] = [(row[1], row[5], row[6], -1, 0) for row in store.facts.values()]
    found += [(row[1], row[4], None, row[2], row[3]) for row in store.ticks.values()]
    return sorted(row for row in found if row[0] < before)


def folded_then(store: MemoryProjection, moment: Moment, before: int, batch: int) -> MemoryProjection:
    then, rows = MemoryProjection(), stored(store, before)
    fold = Projecting(
        0, then, partitions=1, progress=Progress(0, 0, 0, 0), simulated=True, reading=StoredReading(moment, simulated=True), at_once_max=2,
        cache_subjects_max=1 << 62,
    )  # fmt: skip
    for first in range(0, len(rows), batch):
        then.write(fold.project(rows[first : first + batch]))  # type: ignore[arg-type]
    while fold.is_pending:
        then.write(fold.project(()))
    return then


def said(answer: SubjectAnswer, nobody: SubjectAnswer) -> Any:
    """Without the question's own words, and how far the log is folded."""
    return as_json(replace(answer, on=None, known_at=None, freshness=nobody.freshness, known=True))


@settings(max_examples=150, deadline=None)
@given(histories(), st.none() | st.integers(0, 60), st.data())
def test_everybody_on_both_axes_as_each_one_s_history(log: list[Event], day: int | None, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log) - 1), "known at")
    store, on = project(log), None if day is None else at(day)
    now, nobody = Asking(MemoryAnswers(store)), Query(MemoryAnswers(MemoryProjection())).subject(CONTROLLER, "nobody")

    then = Query(MemoryAnswers(folded_then(store, Moment(on), place + 1, data.draw(st.sampled_from([1, 3, 1000]), "batch"))))

    for subject in ("s1", "s2", "s3", "register"):
        one = one_subject(now, CONTROLLER, subject, on, Position(0, place))  # of days that have not come too: the folding has no rule for them
        assert said(then.subject(CONTROLLER, subject), nobody) == said(one, nobody)
