"""A day that has not come is refused, by the clock of the ledger that is asked; today, and what is left of it, is not."""

from __future__ import annotations

import pytest

from ledger.answers.days_come import NotComeError, require_recorded_by_now, require_so_by_now
from ledger.answers.query import Position, Query
from ledger.moments import read_known_at, read_moment
from ledger.web.problems import problem_of
from tests.histories import CONTROLLER, at, collected, project, tick
from tests.memory_answers import MemoryAnswers


def moment(text: str) -> int:
    found = read_moment(text)
    assert found is not None
    return found


REACHED = moment("2019-06-30T22:30:00Z")
"""Half an hour into the first of July in the Netherlands."""


def clock_at(text: str) -> int:
    return moment(text) * 1000


@pytest.mark.parametrize("text", ["2019-06-30", "2019-07-01", "2019-07-01T21:59:59.999999Z", "0001-01-02"])
def test_a_day_that_has_begun_may_be_asked_about_to_its_end(text: str) -> None:
    require_so_by_now(moment(text), REACHED, simulated=True)


@pytest.mark.parametrize("text", ["2019-07-01T22:00:00Z", "2019-07-02", "2099-01-01", "9999-12-30", "9999-12-31T23:59:59.999999Z"])
def test_a_later_one_is_refused_with_the_last_that_may_be_and_what_to_ask_instead(text: str) -> None:
    with pytest.raises(NotComeError) as refused:
        require_so_by_now(moment(text), REACHED, simulated=True)

    said = problem_of(refused.value).members()
    assert (refused.value.exit_code, said["status"], said["field"], said["rule"], said["latest"]) == (2, 422, "on", "not-come", "2019-07-01")
    assert "up to 2019-07-01" in said["detail"] and "ledger due --until" in said["hint"] and text not in str(said)


def test_the_time_of_a_real_ledger_is_the_clock_where_its_ticks_are_late_and_its_ticks_where_the_clock_is() -> None:
    asked = moment("2019-07-03")

    require_so_by_now(asked, REACHED, simulated=False, clock=lambda: clock_at("2019-07-02T22:00:00Z"))
    require_so_by_now(asked, asked, simulated=False, clock=lambda: clock_at("2019-01-01"))
    require_so_by_now(asked, 0, simulated=False, clock=lambda: clock_at("2019-07-03"))
    for simulated, clock in ((False, "2019-07-02T21:59:59Z"), (True, "2030-01-01")):
        with pytest.raises(NotComeError):
            require_so_by_now(asked, REACHED, simulated=simulated, clock=lambda text=clock: clock_at(text))


def test_a_simulated_ledger_without_a_tick_has_no_day_that_has_not_come_and_now_has_always_come() -> None:
    require_so_by_now(moment("2099-01-01"), 0, simulated=True)
    require_so_by_now(None, REACHED, simulated=True)


def test_what_was_known_goes_by_the_clock_on_every_ledger() -> None:
    require_recorded_by_now(moment("2019-07-03"), clock=lambda: clock_at("2019-07-02T22:00:00Z"))
    with pytest.raises(NotComeError, match="up to 2019-07-02") as refused:
        require_recorded_by_now(moment("2019-07-03"), clock=lambda: clock_at("2019-07-02T21:00:00Z"))

    assert (refused.value.field, refused.value.hint) == ("known_at", "leave it out for all that is known now")


@pytest.mark.parametrize("text", ["2199-01-01", "2199-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_to_come_is_no_place_on_the_log(text: str) -> None:
    with pytest.raises(NotComeError):
        read_known_at(text)


def test_a_question_about_a_person_is_refused_so_and_one_of_the_last_day_is_answered() -> None:
    query = Query(MemoryAnswers(project([collected(1, 0), tick(2, 3)])))
    place = Position(None, 0)

    assert query.subject(CONTROLLER, "s1", on=at(3)).known and query.as_of(CONTROLLER, "s1", on=at(3), known_at=place).known
    query.require_so_by_now(at(3))
    query.require_so_by_now(None)
    for ask in (
        lambda: query.subject(CONTROLLER, "s1", on=at(5)), lambda: query.subject(CONTROLLER, "s1", on=at(5), known_at=place),
        lambda: query.as_of(CONTROLLER, "s1", on=at(5), known_at=place), lambda: query.require_so_by_now(at(5)),
    ):  # fmt: skip
        with pytest.raises(NotComeError):
            ask()


def test_a_partition_that_is_behind_makes_no_day_of_the_ledger_one_that_has_not_come() -> None:
    store = MemoryAnswers(project([collected(1, 0), tick(2, 3)]), partitions=2)
    store.progress = lambda: [(0, 2, at(3), None), (1, 1, at(0), None)]  # type: ignore[method-assign]

    Query(store).require_so_by_now(at(3))


def test_of_a_real_ledger_that_nobody_folds_today_may_be_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    query = Query(MemoryAnswers(project([collected(1, 0), tick(2, 3)]), mode="real"))

    assert query.subject(CONTROLLER, "s1", on=moment("2020-01-01")).known
    with pytest.raises(NotComeError):
        query.subject(CONTROLLER, "s1", on=moment("2199-01-01"))
