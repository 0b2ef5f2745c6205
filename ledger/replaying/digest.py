"""Canonical digests of the projections: two databases that folded the same log give the same digests.

Independent of session settings, of the order of arrival and of how rows lie on disk: rows go in order of their primary key, in a text form
with fixed settings. Must never hold a table in memory. The text form is PostgreSQL's COPY format with time zone UTC, ISO dates, C order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple


class TableDigest(NamedTuple):
    """SHA-256 (hex) of one table's rows, and how many there are."""

    table: str
    rows: int
    sha256: str


class Digesting:
    """The digest of one table, row by row in the order of its key."""

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self._table, self._rows = table, 0
        self._hasher = hashlib.sha256(f"{table}({','.join(columns)})\n".encode())

    def add(self, line: bytes) -> None:
        """The next row, as COPY writes it."""
        self._hasher.update(line)
        self._rows += 1

    def digest(self) -> TableDigest:
        """Of the rows so far."""
        return TableDigest(self._table, self._rows, self._hasher.hexdigest())


def differing(one: list[TableDigest], other: list[TableDigest]) -> list[str]:
    """Names of the tables whose digests differ, sorted."""
    return sorted({digest.table for digest in set(one) ^ set(other)})
