"""What looks like a personal value in a name where none belongs, kept from roles that see no persons.

The SDK refuses such a name (`ledger/sdk/personal_values.py`), but whoever may write to the log can go past it. It is found by those who see persons
and must mend it; others read `withheld-1`, and the same for the same value throughout one question. Every answer passes here, so pages, the API and
files are alike. Prose (labels, notes, the text of a statement) is not judged: it is published, and has addresses of offices in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from typing import Any, Final, cast

from ledger.answers.shapes import Freshness, Term
from ledger.answers.wide_query import WideQuery
from ledger.sdk.personal_values import NAME, personal_kind

NAMES: Final = frozenset({
    "activities", "activity", "agreement", "by", "chain", "channel", "controller", "giver", "holder", "processor", "received_from", "recipient",
    "statute", "store", "stores", "sub_processor_for",
})  # fmt: skip
"""Fields that hold names: there a text of words is one of a person. Elsewhere words are prose: a term, the source of a rule."""
_NOT_JUDGED: Final = frozenset({"next", "known_at", "address", "email", "identity", "phone"})
"""Places of the ledger's own making; where an office can be reached, which a policy publishes."""
_PLACEHOLDER: Final = "withheld"


def is_veiled(text: str) -> bool:
    """Whether it stands in place of another: nothing can be asked by it."""
    return re.fullmatch(rf"{_PLACEHOLDER}-[0-9]+", text) is not None


def veiled(query: WideQuery) -> WideQuery:
    """The same questions; in their answers no name looks like a personal value."""
    return cast(WideQuery, _Veiled(query))


class _Veiled:
    """Passes everything on, and looks through what comes back."""

    def __init__(self, query: WideQuery) -> None:
        self._query, self._over = query, Veil().over

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._query, name)
        return self._asking(found) if callable(found) else found

    def _asking(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any, **named: Any) -> Any:
            answer = ask(*given, **named)
            return self._opening(answer) if hasattr(answer, "__enter__") else self._over(answer)

        return asked

    @contextmanager
    def _opening(self, opened: Any) -> Iterator[Any]:
        with opened as found:
            yield self._over(found)


class Veil:
    """Of one question: the placeholders that were given so far."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def over(self, value: Any, name: str = "") -> Any:
        """The value, of any shape that answers have. name: of the field it stands in; without one a text is who was asked about, and stays."""
        kind = type(value)
        if kind is str:
            return self._instead(value) if name and looks_personal(name, value) else value
        if kind is Term:
            return Term(*[self._instead(value.term)] * 2) if looks_personal("activity", value.term) else value
        if kind is Freshness or value is None:
            return value
        if is_dataclass(kind):
            names = _names_of(kind)
            code = {"term": "activity"} if "label" in names else {}  # of a code list; without a label it is a term of time
            changed = {each: new for each in names if (new := self.over(old := getattr(value, each), code.get(each, each))) is not old}
            if "term" in changed and code:
                changed["label"] = changed["term"]
            return replace(value, **changed) if changed else value
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            made = [self.over(old, each) for each, old in zip(value._fields, value, strict=True)]
            return value if all(new is old for new, old in zip(made, value, strict=True)) else kind(*made)
        if isinstance(value, tuple | list):
            within = [self.over(each, name) for each in value]
            return value if all(new is old for new, old in zip(within, value, strict=True)) else kind(within)
        if isinstance(value, Mapping):
            pairs = [(self.over(key, name), self.over(each, key if isinstance(key, str) else name)) for key, each in value.items()]
            return value if all(key is old and new is value[old] for (key, new), old in zip(pairs, value, strict=True)) else dict(pairs)
        return (self.over(each, name) for each in value) if isinstance(value, Iterator) else value

    def _instead(self, text: str) -> str:
        return self._given.setdefault(text, f"{_PLACEHOLDER}-{len(self._given) + 1}")


@lru_cache(maxsize=8_192)
def looks_personal(name: str, text: str) -> bool:
    """Whether a text looks like a personal value, for the field in which it stands."""
    if name in _NOT_JUDGED or (kind := personal_kind(text)) is None:
        return False
    return name in NAMES or (kind != NAME and not re.search(r"\s", text))


@cache
def _names_of(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
