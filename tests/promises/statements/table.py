"""What a line of these tables is: a sentence of a statement, and acts that break or keep it. Knows nothing of how the ledger judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.promises.stories import Story

Life: TypeAlias = Callable[[], Story]


@dataclass(frozen=True)
class Act:
    """A small life; `breaks` says what the sentence makes of it, `or_by` names other lines that may be found broken instead, such as the law's."""

    name: str
    life: Life
    breaks: bool
    or_by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sentence:
    """A promise, the words of the statement (in Dutch, short), the acts, and what cannot be judged by these words."""

    promise: str
    says: str
    acts: tuple[Act, ...] = ()
    silent: str = ""


def says(promise: str, words: str, *acts: Act, silent: str = "") -> Sentence:
    return Sentence(promise, words, acts, silent)


def broken(name: str, life: Life, *or_by: str) -> Act:
    """The sentence is broken by this; the finding must carry the promise, or one of the ids given."""
    return Act(name, life, True, frozenset(or_by))


def kept(name: str, life: Life) -> Act:
    """Nothing may be found against this promise."""
    return Act(name, life, False)


def found(story: Story) -> set[str]:
    """The promises that the ledger says are broken, by a fact or by what was not done in time."""
    return {promise for promise, _ in story.broken() | story.overdue()}


def passes(story: Story, *days: str) -> Story:
    """Time goes by, seen on each of these days and once more two months after the last: long enough for whatever had to be done."""
    for day in days:
        story.clock(day)
    year, month, rest = days[-1].split("-", 2)
    later = int(month) + 2
    return story.clock(f"{int(year) + (later > 12)}-{(later - 1) % 12 + 1:02d}-{rest}")
