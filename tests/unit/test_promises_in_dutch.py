"""Every promise is said in Dutch too, with the words of the statement that makes it. docs/promises.md has the English."""

from __future__ import annotations

import json
from importlib import resources

from ledger.policies.coverage import coverage, rows_of
from ledger.policies.files import load_policy, shipped_policies


def test_every_promise_has_plain_dutch_words_and_those_of_a_statement_its_own_words() -> None:
    for row in coverage():
        assert row.said_in("en") == row.promise
        assert row.said_in("nl") == row.promise_nl not in ("", row.promise), row.id
        assert bool(row.quote) == (row.controller is not None), f"{row.id}: the law is cited, a statement quoted"


def test_no_dutch_text_is_about_a_promise_that_is_not_made() -> None:
    dutch = json.loads((resources.files("ledger.policies") / "promises_nl.json").read_text(encoding="utf-8"))

    assert list(dutch) == [row.id for row in coverage()]


def test_of_other_peoples_policies_no_text_is_known_and_none_is_made_up() -> None:
    policy = load_policy(next(iter(shipped_policies()))).policy

    assert {(row.said_in("nl"), row.quote) for row in rows_of(policy)} == {("", "")}


def test_what_a_statement_leaves_out_is_noted_in_dutch_too() -> None:
    noted = [promise for name in shipped_policies() for promise in load_policy(name).policy.promises if promise.note]

    assert len(noted) > 20
    assert [promise.id for promise in noted if promise.note_nl in ("", promise.note)] == []
