"""Opens connections to PostgreSQL and turns its failures into ours.

Must never put a DSN or a value into an error. psycopg is used in adapters/postgres_*.py and pg_copy.py only.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from ledger.errors import DependencyError, OperatorError

Connection = psycopg.Connection[tuple[Any, ...]]

# A host that vanished is noticed after 10 + 3 x 5 s instead of the kernel's two hours.
_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
CONNECT_TIMEOUT_SECONDS = 10


def connect(dsn: str, *, schema: str | None = None, autocommit: bool = True, application: str = "ledger") -> Connection:
    """Open a connection; `schema` is where unqualified names are looked up.

    Raises:
        DependencyError: PostgreSQL does not answer or refuses the user.
    """
    try:
        limits = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, **_KEEPALIVE}
        conninfo = make_conninfo(dsn, application_name=application, **limits)
        if schema:
            conninfo = make_conninfo(conninfo, options=f"-c search_path={schema}")
        return psycopg.connect(conninfo, autocommit=autocommit)
    except psycopg.Error as error:
        # The driver's own text may hold the DSN: only the class of the failure is told.
        raise DependencyError(
            f"cannot connect to PostgreSQL: {type(error).__name__} {error.sqlstate or ''}".rstrip(),
            hint="check that PostgreSQL runs (`ledger status`) and that its DSN is right",
        ) from None


def was_ended(connection: Connection) -> bool:
    """Whether it is closed, or its server has ended it while nobody used it: was stopped, or started again. Asks the server nothing.

    Of an idle connection there is nothing to read but that.
    """
    if connection.closed:
        return True
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLIN)
    return bool(looking.poll(0))


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn psycopg's errors into ours; `doing` completes "cannot ...".

    Raises:
        DependencyError: the connection broke, the server is stopping, or a lock or deadlock went against us: try again.
        OperatorError: PostgreSQL refused: missing table, missing right, full disk, broken constraint.
    """
    try:
        yield
    except psycopg.Error as error:
        state = error.sqlstate or ""
        transient = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and state[:2] != "53"
        if transient or state[:2] in ("08", "40", "57"):
            raise DependencyError(
                f"cannot {doing}: PostgreSQL did not answer ({type(error).__name__} {state})".replace(" )", ")"),
                hint="check that PostgreSQL runs: `ledger status`",
            ) from None
        # diag.message_detail may show a row: only names are told.
        about = error.diag.constraint_name or error.diag.table_name or error.diag.column_name or ""
        where = f" on {about}" if about else ""
        raise OperatorError(
            f"cannot {doing}: PostgreSQL refused ({type(error).__name__} {state}{where})", hint=_hint_for(state)
        ) from None


def _hint_for(sqlstate: str) -> str:
    if sqlstate == "42501":
        return "give this user a role of the ledger: GRANT ledger_projector TO ..."
    if sqlstate in ("42P01", "3F000", "42703"):
        return "run `ledger up`: it brings the tables up to date"
    if sqlstate[:2] == "53":
        return "free disk space or memory of PostgreSQL, then start again"
    if sqlstate == "23505":
        return "the projection differs from the log: run `ledger rebuild`"
    return "see the log of PostgreSQL"
