"""Lets those who watch know that a check of this ledger has ended, and how: `ledger_check_age_seconds`, `ledger_check_good`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ledger.errors import CallerError, LedgerError

if TYPE_CHECKING:
    from ledger.adapters.postgres_watching import Check, Result


def note_check(name: Check, result: Result) -> None:
    """Note it in PostgreSQL. Where no ledger runs (an auditor's machine) there is nobody to tell; a note that fails ends no check."""
    from ledger.adapters.postgres_watching import PostgresWatching
    from ledger.settings import load_settings

    try:
        with PostgresWatching(load_settings().postgres_dsn()) as watching:
            watching.note_check(name, result)
    except CallerError:
        return
    except LedgerError as error:
        print(f"ledger: the end of this check is not noted for those who watch: {error}", file=sys.stderr)
