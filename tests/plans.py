"""How PostgreSQL would answer a query of ledger/sql, for tests of what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg


def plan_of(connection: psycopg.Connection[Any], query: str, arguments: Mapping[str, Any]) -> str:
    """The plan, a line for each step, made for these very arguments."""
    found = psycopg.ClientCursor(connection).execute("EXPLAIN " + query.rstrip(";"), arguments).fetchall()  # type: ignore[call-overload]  # a text of ours
    return "\n".join(row[0] for row in found)
