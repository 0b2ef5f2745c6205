"""The statements read by an auditor: each sentence with acts that break or keep it, told to the pure fold.

Written from the Dutch text by somebody who had not seen how the ledger judges. The tables are in `statements/`.
"""

from __future__ import annotations

from functools import cache

import pytest

from ledger.policies.files import load_policy
from tests.promises import stories
from tests.promises.statements import announced, hostinghuis, mijndomein, smallhold, sohosted, webhoster
from tests.promises.statements.known import KNOWN
from tests.promises.statements.table import Act, Sentence, found

TABLES = (mijndomein.TABLE, hostinghuis.TABLE, webhoster.TABLE, smallhold.TABLE, sohosted.TABLE, announced.TABLE)
ALL = [(sentence, act) for table in TABLES for sentence in table for act in sentence.acts]

read_once = cache(load_policy)


@pytest.fixture(autouse=True)
def _policies_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a policy takes longer than judging a life by it, and there are hundreds of lives."""
    monkeypatch.setattr(stories, "load_policy", read_once)


def _param(sentence: Sentence, act: Act) -> object:
    known = KNOWN.get((sentence.promise, act.name))
    marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason=f"{known[0]}: {known[1]}")] if known else []
    return pytest.param(sentence, act, id=f"{sentence.promise}: {act.name}", marks=marks)


@pytest.mark.parametrize(("sentence", "act"), [_param(sentence, act) for sentence, act in ALL])
def test_an_act_is_judged_as_the_sentence_says(sentence: Sentence, act: Act) -> None:
    """An act of KNOWN that comes right fails here, so that the table of what is known only shrinks."""
    seen = found(act.life())
    if act.breaks:
        assert seen & ({sentence.promise} | act.or_by), f"{sentence.says}: not found broken; found {sorted(seen)}"
    else:
        assert sentence.promise not in seen, f"{sentence.says}: found broken, beside {sorted(seen - {sentence.promise})}"


def test_what_is_known_is_in_the_tables() -> None:
    assert set(KNOWN) <= {(sentence.promise, act.name) for sentence, act in ALL}


def test_every_act_has_one_name() -> None:
    names = [(sentence.promise, act.name) for sentence, act in ALL]
    assert len(names) == len(set(names))


def test_a_promise_without_acts_says_why() -> None:
    assert [sentence.promise for table in TABLES for sentence in table if not sentence.acts and not sentence.silent] == []


def test_every_sentence_has_its_breach_and_its_innocent_neighbour() -> None:
    """An act that is always found broken, or never, would prove nothing about the sentence."""
    alone = [sentence.promise for table in TABLES for sentence in table if sentence.acts and len({act.breaks for act in sentence.acts}) < 2]
    assert alone == []
