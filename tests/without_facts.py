"""What an answer says, but for the facts that it rests on: what a question without facts must say as well."""

from __future__ import annotations

from typing import Any

from ledger.answers.shapes import as_json

LEFT_OUT = {"rests_on", "more", "since", "oldest_since", "next_due"}


def without_facts(answer: Any) -> Any:
    """The answer in its JSON form without the fields that only a look at the holdings can fill."""
    return _left(as_json(answer))


def _left(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _left(each) for name, each in value.items() if name not in LEFT_OUT}
    return [_left(each) for each in value] if isinstance(value, list | tuple) else value
