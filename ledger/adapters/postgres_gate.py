"""A connection for the tables of the web process (role `ledger_gate`): opened when first needed, and again after a failure. One thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.adapters.postgres_connection import Connection, connect, translated, was_ended
from ledger.adapters.postgres_migrations import GATE_ROLE, take_role


class GateConnection:
    """Lends its connection. doing: completes "cannot ..." in errors."""

    def __init__(self, dsn: str, *, application: str, doing: str) -> None:
        self._dsn, self._application, self._doing = dsn, application, doing
        self._connection: Connection | None = None

    def close(self) -> None:
        """Close the connection; it opens again when needed."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """The connection, in autocommit. Raises: DependencyError, OperatorError."""
        try:
            with translated(self._doing):
                yield self._open()
        except BaseException:
            self.close()  # whatever it was: the next call starts on a fresh connection
            raise

    def _open(self) -> Connection:
        if self._connection is not None and was_ended(self._connection):
            self.close()
        if self._connection is None:
            self._connection = connect(self._dsn, application=self._application)
            take_role(self._connection, GATE_ROLE)
            self._connection.prepare_threshold = 1
        return self._connection
