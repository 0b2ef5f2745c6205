"""What a cursor says, what it never says, and that one that is none is refused without being repeated."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.answers.cursors import LENGTH_MAX, NUMBER_MAX, TIME_MAX, CursorError, Cursors, line_id, page
from ledger.answers.query import Query
from ledger.errors import CallerError
from tests.crowds import LISTS, in_memory
from tests.memory_answers import MemoryAnswers

ONE = Cursors.of("due", ("ti", "sn"), ["hoster", None])
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
IDS = st.binary(min_size=16, max_size=16)
PLACES = st.tuples(
    st.none() | st.tuples(st.integers(-TIME_MAX, TIME_MAX), IDS), st.none() | st.tuples(NAMES, st.integers(-NUMBER_MAX, NUMBER_MAX))
)


@given(PLACES)
def test_what_is_written_is_read(places: tuple[tuple[object, ...] | None, ...]) -> None:
    text = ONE.write(*places)

    assert (text is None) == (places == (None, None))
    assert text is None or (ONE.read(text) == places and text.isascii() and text.replace("-", "").replace("_", "").isalnum())


def test_without_one_every_list_starts_at_its_beginning() -> None:
    assert ONE.read(None) == ((), ())


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        ONE.read(text)


PLAIN = [1, ONE.scope, [7, "00" * 16], ["a", 1]]


@pytest.mark.parametrize(
    "told",
    [
        None, 7, "text", {}, [], [1], [1, ONE.scope], [*PLAIN, None], PLAIN[:3], [2, *PLAIN[1:]], [1, "0" * 16, *PLAIN[2:]],
        [*PLAIN[:2], [7], ["a", 1]], [*PLAIN[:2], [7, "00" * 16, 1], ["a", 1]], [*PLAIN[:2], ["7", "00" * 16], ["a", 1]],
        [*PLAIN[:2], [7.0, "00" * 16], ["a", 1]], [*PLAIN[:2], [True, "00" * 16], ["a", 1]], [*PLAIN[:2], [TIME_MAX + 1, "00" * 16], ["a", 1]],
        [*PLAIN[:2], [7, "00" * 15], ["a", 1]], [*PLAIN[:2], [7, "zz" * 16], ["a", 1]], [*PLAIN[:2], [7, 0], ["a", 1]],
        [*PLAIN[:2], [7, "00" * 16], ["a\0", 1]], [*PLAIN[:2], [7, "00" * 16], ["\ud800", 1]],
        [*PLAIN[:2], [7, "00" * 16], ["a", NUMBER_MAX + 1]],
        [*PLAIN[:2], [7, "00" * 16], "an"], [*PLAIN[:2], {"7": 1}, ["a", 1]],
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_of_its_form_is_refused(told: object) -> None:
    with pytest.raises(CursorError):
        ONE.read(base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("="))


def test_the_plain_one_of_these_is_taken_and_one_that_is_too_long_or_too_deep_is_not() -> None:
    assert ONE.read(base64.urlsafe_b64encode(json.dumps(PLAIN).encode()).decode()) == ((7, bytes(16)), ("a", 1))
    for text in ("[" * 700, json.dumps([*PLAIN[:2], PLAIN[2], ["a" * LENGTH_MAX, 1]])):
        with pytest.raises(CursorError):
            ONE.read(base64.urlsafe_b64encode(text.encode()).decode())


@given(st.text(min_size=8, max_size=100))
def test_the_refusal_names_the_field_and_never_the_value(text: str) -> None:
    with pytest.raises(CursorError) as refused:
        ONE.read(text)

    assert "after" in str(refused.value) and (str(refused.value), refused.value.hint) == (str(CursorError()), CursorError().hint)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__ and isinstance(refused.value, CallerError)


def test_a_page_goes_on_after_its_last_line_and_only_when_there_is_another() -> None:
    found = [((number,), f"line {number}") for number in range(3)]

    assert page(found, 2) == (("line 0", "line 1"), (1,))
    assert page(found, 3) == (("line 0", "line 1", "line 2"), None)
    assert page(found, 0) == ((), None) and page([], 5) == ((), None)


def test_what_stands_for_a_line_is_of_that_line_alone() -> None:
    ids = {line_id(whom, what) for whom in (bytes(16), bytes([1] * 16)) for what in (b"a", b"b")}
    assert len(ids) == 4 and all(len(each) == 16 for each in ids)


def test_it_is_of_one_question_and_all_that_was_asked() -> None:
    after = Cursors.of("due", ("ti",), ["hoster", None]).write((7, bytes(16)))

    for question, asked in (("obligations", ["hoster", None]), ("due", ["hoster"]), ("due", [None, "hoster"]), ("due", ["hoster", 0])):
        with pytest.raises(CursorError):
            Cursors.of(question, ("ti",), asked).read(after)


# -- among the questions

QUERY = Query(MemoryAnswers(in_memory(), partitions=2))
CURSORS = {name: after for name, ask in LISTS.items() for after in [ask(QUERY, 1, None)[1]] if after is not None}


@pytest.mark.parametrize("name", LISTS)
def test_the_cursor_of_another_question_or_of_other_filters_is_refused(name: str) -> None:
    assert len(CURSORS) == len(LISTS), "each list is longer than one line, or it shows nothing"
    for other, after in CURSORS.items():
        if other != name and {other, name} != {"people of a breach", "people of another"}:
            with pytest.raises(CursorError):
                LISTS[name](QUERY, 1, after)


def test_the_cursor_of_one_breach_goes_on_in_that_one_alone() -> None:
    for name, ref in (("people of a breach", "b-1"), ("people of another", "b-2")):
        (one,) = QUERY.breaches(limit=5, after=CURSORS[name]).breaches
        assert one.breach_ref == ref


def test_the_cursor_of_another_controller_or_moment_is_refused() -> None:
    after = QUERY.due(limit=1, controller="mijndomein").next
    assert QUERY.due(limit=1, controller="mijndomein", after=after).lines
    then = Query(MemoryAnswers(in_memory(), partitions=2), as_of=QUERY._asking.as_of._replace(on=7))
    for query, controller in ((QUERY, None), (QUERY, "another"), (then, "mijndomein")):
        with pytest.raises(CursorError):
            query.due(limit=1, controller=controller, after=after)


def test_no_cursor_says_who_a_line_is_about() -> None:
    for name, after in CURSORS.items():
        told = base64.urlsafe_b64decode(after + "==").decode()
        assert "person" not in told and "inv-" not in told, name
        for row in in_memory().subjects.values():
            assert row[0].hex() not in told, name


def test_what_lists_nothing_unless_asked_to_wants_a_limit() -> None:
    for ask, name in ((QUERY.violations, "violations"), (QUERY.breaches, "people of a breach")):
        with pytest.raises(CallerError, match="expected a limit beside after"):
            ask(limit=0, after=CURSORS[name])
