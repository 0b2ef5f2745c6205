"""Credentials of the API in PostgreSQL, by the digest of their secret. Role `ledger_gate`, where it may be taken. One thread."""

from __future__ import annotations

from typing import NamedTuple

from ledger.adapters.postgres_gate import GateConnection


class StoredCredential(NamedTuple):
    """One row, but for the secret. seconds_left: until it expires, zero or less when it has. is_revoked: taken back, or used up."""

    credential_id: str
    kind: str
    role: str
    actor: str
    controllers: tuple[str, ...]
    subject_ref: str | None
    source: str | None
    seconds_left: float
    is_revoked: bool


_COLUMNS = (
    "credential_id, kind, role, actor, controllers, subject_ref, source, extract(epoch FROM expires_at - now())::float8, revoked_at IS NOT NULL"
)


class PostgresCredentials:
    """Opens its connection when first needed and again after a failure. Raises DependencyError, OperatorError in all of them."""

    def __init__(self, dsn: str) -> None:
        self._gate = GateConnection(dsn, application="ledger-gate", doing="look at credentials")

    def close(self) -> None:
        """Close the connection; it opens again when needed."""
        self._gate.close()

    def add(
        self, credential_id: str, kind: str, secret_sha256: bytes, *, role: str, actor: str, controllers: tuple[str, ...], seconds: float,
        subject_ref: str | None = None, source: str | None = None,
    ) -> None:  # fmt: skip
        """Write a new one, good for that many seconds."""
        self._run(
            "INSERT INTO ledger.credential (credential_id, kind, secret_sha256, role, actor, controllers, subject_ref, source, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, now() + make_interval(secs => %s))",
            [credential_id, kind, secret_sha256, role, actor, list(controllers), subject_ref, source, seconds],
        )

    def with_secret(self, credential_id: str, secret_sha256: bytes) -> StoredCredential | None:
        """The one of that id, if the secret is its own."""
        rows = self._run(
            f"SELECT {_COLUMNS} FROM ledger.credential WHERE credential_id = %s AND secret_sha256 = %s",  # noqa: S608  columns of ours
            [credential_id, secret_sha256],
        )
        return _stored(rows[0]) if rows else None

    def use_up(self, credential_id: str, secret_sha256: bytes) -> StoredCredential | None:
        """Take a link, once: of two who try at the same time one gets None."""
        rows = self._run(
            "UPDATE ledger.credential SET revoked_at = now() WHERE credential_id = %s AND secret_sha256 = %s AND kind = 'LINK'"  # noqa: S608
            f" AND revoked_at IS NULL AND expires_at > now() RETURNING {_COLUMNS}",
            [credential_id, secret_sha256],
        )
        return _stored(rows[0]) if rows else None

    def revoke(self, credential_id: str) -> bool:
        """Take one back; False: there is none that was good."""
        return bool(
            self._run("UPDATE ledger.credential SET revoked_at = now() WHERE credential_id = %s AND revoked_at IS NULL RETURNING 1", [credential_id])
        )

    def listed(self) -> list[StoredCredential]:
        """All that are good, by id; used links and old sessions are left out."""
        rows = self._run(
            f"SELECT {_COLUMNS} FROM ledger.credential WHERE revoked_at IS NULL AND expires_at > now() ORDER BY 1",  # noqa: S608  columns of ours
            [],
        )
        return [_stored(row) for row in rows]

    def forget_expired(self) -> int:
        """Delete what has been worth nothing for a day; return how many."""
        query = "DELETE FROM ledger.credential WHERE least(expires_at, revoked_at) < now() - interval '1 day' RETURNING 1"
        return len(self._run(query, []))

    def _run(self, query: str, arguments: list[object]) -> list[tuple[object, ...]]:
        with self._gate.lent() as connection:
            found = connection.execute(query.encode(), arguments)
            return found.fetchall() if found.description else []


def _stored(row: tuple[object, ...]) -> StoredCredential:
    values = list(row)
    values[4] = tuple(values[4])  # type: ignore[arg-type]
    return StoredCredential._make(values)
