"""Answers on persons are made a few at a time: who waits too long is told so, and whoever leaves lets the next one in, by an error too."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, cast

import pytest

from ledger.web import persons
from ledger.web.persons import TURNS, Looking
from ledger.web.problems import Problem


def test_one_too_many_is_told_to_come_back_and_gets_in_when_another_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "WAIT_SECONDS", 0.01)
    looking = Looking(cast(Any, None), cast(Any, None))
    with ExitStack() as inside:
        for _ in range(TURNS - 1):
            inside.enter_context(looking.turn())
        with pytest.raises(KeyError), looking.turn():
            raise KeyError
        with looking.turn(), pytest.raises(Problem) as refused:
            inside.enter_context(looking.turn())
        assert (refused.value.status, "Retry-After" in refused.value.headers) == (503, True)
    with looking.turn():
        pass
