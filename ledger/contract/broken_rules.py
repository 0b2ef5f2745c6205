"""What a value breaks, and what helps: English sentences with a code each, so that others can say them in their own words.

A code stays as it is when its sentence is put better. Neither ever holds the value. Pure. Source: docs/emitting.md. Said in Dutch by
ledger/web/pages/refusals.py, under `refused_{code}` and `hint_{code}` of its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self


class Coded(str):
    """A sentence, with its code. about: the parts of it that change, by name; words of ours. A copy of it is its text alone."""

    code: str
    about: Mapping[str, str]

    def __new__(cls, code: str, text: str, **about: str) -> Self:
        """code: a constant, so that a test finds it."""
        made = super().__new__(cls, text)
        made.code, made.about = code, about
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)


class Hint(Coded):
    """What helps. One that a form says itself, or that is for who writes programs, is a plain text instead."""


class Rule(Coded):
    """What was expected of a value. fields: where in the field that is refused, the outermost first; most often nowhere."""

    fields: tuple[str, ...] = ()

    def within(self, field: str) -> Rule:
        """The rule as a part of a record breaks it."""
        made = type(self)(self.code, f"in {field}: {self}", **self.about)
        made.fields = (field, *self.fields)
        return made


class BrokenRuleError(ValueError):
    """A value breaks its field's rule."""

    def __init__(self, rule: Rule, hint: str | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.hint = hint


NO_VALUE: Final = Rule("no_value", "expected a value, got none")


def did_you_mean(word: str) -> Hint:
    """word: the known one that is most like what was given."""
    return Hint("did_you_mean", f"did you mean {word}?", like=word)
