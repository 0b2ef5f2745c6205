"""Checks of what a compiled policy, and the law in it, is made of.

Pure. Each raises ValueError, TypeError or AttributeError, which the readers turn into their own error. Whatever passes here and cannot be written
later, into an outcome or a column, would stop every worker for good.
"""

from __future__ import annotations

from typing import Any

from ledger.core.limits import LIST_ENTRIES_MAX, TEXT_BYTES_MAX


def text(value: Any) -> str:
    """Text that UTF-8 can hold (JSON has half surrogate pairs) and PostgreSQL too."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("expected text without a zero byte, got something else")
    value.encode()
    return value


def short_text(value: Any) -> str:
    """A text short enough for an outcome: an id, a term, a name."""
    if len(text(value).encode()) > TEXT_BYTES_MAX:
        raise ValueError(f"expected at most {TEXT_BYTES_MAX} bytes, got more")
    return str(value)


def entries_of_list(value: Any) -> list[Any]:
    """A list that is not too long."""
    if not isinstance(value, list) or len(value) > LIST_ENTRIES_MAX:
        raise ValueError(f"expected a list of at most {LIST_ENTRIES_MAX} entries, got something else")
    return value


def entries_of_map(value: Any) -> list[tuple[str, Any]]:
    """The pairs of a map that is not too long."""
    return entries_of_list(list(value.items()))


def one_of(value: Any, *choices: str) -> Any:
    """One of a few words."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError("expected one of the words that mean something here, got another")
    return value
