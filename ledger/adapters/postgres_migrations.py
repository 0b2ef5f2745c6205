"""Brings a database to the shape this version of the ledger expects.

Numbered files change the schema `ledger`; the projections are made from projection.sql and never migrated, because
`ledger rebuild` makes them again from the log. Safe to run by two processes at once and to repeat; dying anywhere
leaves whole migrations only.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, NamedTuple

from psycopg import sql

from ledger.adapters.postgres_apart import WEB_ROLE, is_shown, role_exists, schema_apart, show_apart
from ledger.adapters.postgres_connection import Connection, connect, translated
from ledger.errors import OperatorError
from ledger.sql import Migration, read_migrations, read_sql

PROJECTION_SCHEMA = "projection"
VAULT_SCHEMA, VAULT_ROLE = "vault", "ledger_vault"
GATE_ROLE = "ledger_gate"
# Any fixed number serves; this one spells "ledger" in ASCII.
MIGRATION_LOCK = int.from_bytes(b"ledger", "big")

_TALLY_FILES = ("tally_functions.sql", "projection_tallies.sql")

_BOOKKEEPING = """
CREATE SCHEMA IF NOT EXISTS ledger;
COMMENT ON SCHEMA ledger IS 'What belongs to the installation of the privacy ledger; survives a rebuild.';
CREATE TABLE IF NOT EXISTS ledger.migration (
    number int NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT migration_pkey PRIMARY KEY (number)
);
COMMENT ON TABLE ledger.migration IS 'Migrations that were applied to this database.';
COMMENT ON COLUMN ledger.migration.number IS 'Number of the file.';
COMMENT ON COLUMN ledger.migration.name IS 'Name of the file without ending.';
COMMENT ON COLUMN ledger.migration.sha256 IS 'SHA-256 of the file when it was applied.';
COMMENT ON COLUMN ledger.migration.applied_at IS 'When it was applied.';
"""

ROLES = {
    "ledger_owner": "owns the tables of the privacy ledger; migrates and rebuilds",
    "ledger_projector": "adds to the projections of the privacy ledger; deletes nothing",
    "ledger_reader": "reads the projections of the privacy ledger",
    WEB_ROLE: "reads the projections of some controllers of the privacy ledger: those that its session names",
    VAULT_ROLE: "knows who is behind a reference of the privacy ledger, with the secret of the epoch; reads no projection",
    GATE_ROLE: "knows credentials of the API of the privacy ledger, and which events came in by it",
}


class MigrationReport(NamedTuple):
    """What `migrate` did: names applied, in order, and a note for the operator when roles could not be made."""

    applied: list[str]
    note: str | None


def migrate(dsn: str) -> list[str]:
    """Apply what is missing; return the names of the migrations applied now, in order (`projection` when it was made).

    Raises:
        DependencyError: PostgreSQL does not answer.
        OperatorError: an applied migration was edited, or the database is newer than this version.
    """
    return migrate_with_report(dsn).applied


def migrate_with_report(dsn: str) -> MigrationReport:
    """As `migrate`, with the note about roles."""
    with connect(dsn, application="ledger-migrate") as connection, translated("migrate"):
        connection.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])  # released with the connection
        connection.execute("SET client_min_messages = warning")
        with connection.transaction():
            connection.execute(_BOOKKEEPING)
        note = _create_roles(connection)
        applied = [_apply(connection, migration) for migration in _missing(connection)]
        if not _schema_exists(connection, PROJECTION_SCHEMA):
            with connection.transaction():
                create_projection(connection, PROJECTION_SCHEMA, with_indexes=True)
                connection.execute(
                    "INSERT INTO ledger.generation (number, layout_sha256) VALUES (1, %s)"
                    " ON CONFLICT (singleton) DO UPDATE SET layout_sha256 = excluded.layout_sha256",
                    [projection_layout()],
                )
            applied.append(PROJECTION_SCHEMA)
        # Only when needed: granting changes rows of the catalogue, and beside running workers and autovacuum that can deadlock.
        have_roles = roles_exist(connection)
        if have_roles and (applied or not _may_insert(connection, "ledger.identity") or not _may_make_temporary(connection)):
            with connection.transaction():
                grant_installation(connection)
        if note is None and (applied or not _may_insert(connection, "vault.epoch", VAULT_ROLE)):
            with connection.transaction():
                connection.execute(read_sql("vault_grants.sql"))
                _give_to_owner(connection, VAULT_SCHEMA)
        lacks_gate = note is None and (bool(applied) or not _may_insert(connection, "ledger.credential", GATE_ROLE))
        if lacks_gate:
            with connection.transaction():
                connection.execute(read_sql("gate_grants.sql"))
        if have_roles and (lacks_gate or not _may_insert(connection, f"{PROJECTION_SCHEMA}.fact")):
            with connection.transaction():
                grant_projection(connection, PROJECTION_SCHEMA)
        if PROJECTION_SCHEMA in applied or not is_shown(connection, PROJECTION_SCHEMA):
            with connection.transaction():
                apart_from_others(connection, PROJECTION_SCHEMA)
        return MigrationReport(applied, note)


def require_layout(connection: Connection) -> None:
    """Check that the live projections were made with this version's tables. For workers and queries, at their start.

    Raises:
        OperatorError: they were not, or the database was never migrated.
    """
    with translated("check the tables of the projections"):
        row = connection.execute("SELECT layout_sha256 FROM ledger.generation").fetchone()
    if row is None or row[0] != projection_layout():
        raise OperatorError(
            "cannot use the projections: expected the tables of this version, got those of another",
            hint="run `ledger up`, then `ledger rebuild`",
        )


def take_role(connection: Connection, role: str) -> None:
    """Give up all rights but those of `role` for the rest of the session, where the role exists and this user may take it.

    At connect time only: two questions, then PostgreSQL checks each statement against the role as it would against the user.
    """
    # Since 16 who has made a role is a member of it and still may not take it; before, every member may.
    may = "SET" if connection.info.server_version >= 160_000 else "MEMBER"
    with translated(f"take the role {role}"):
        row = connection.execute("SELECT pg_has_role(oid, %s) FROM pg_roles WHERE rolname = %s", [may, role]).fetchone()
        if row is not None and row[0]:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def projection_layout() -> str:
    """Return the SHA-256 of the table definitions, comments and spacing left out."""
    text = "".join(map(read_sql, ("projection.sql", "projection_indexes.sql", *_TALLY_FILES)))
    text = re.sub(r"COMMENT ON .*;", "", re.sub(r"--.*", "", text))
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def create_projection(connection: Connection, schema: str, *, with_indexes: bool) -> None:
    """Make the tables of the projections in a new schema. To be called inside a transaction."""
    name = sql.Identifier(schema)
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
    comment = sql.SQL("COMMENT ON SCHEMA {} IS 'Derived from the log alone; `ledger rebuild` makes it again.'")
    connection.execute(comment.format(name))
    run_in_schema(connection, schema, "projection.sql")
    if with_indexes:
        finish_projection(connection, schema)


def finish_projection(connection: Connection, schema: str) -> None:
    """Make keys and indexes of tables that are filled, count the tallies, and keep them from now on. To be called inside a transaction."""
    for file in ("projection_indexes.sql", *_TALLY_FILES):
        run_in_schema(connection, schema, file)


def rename_projection(connection: Connection, schema: str, name: str) -> None:
    """Rename a schema of projections; what keeps its tallies knows the name. To be called inside a transaction."""
    connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(name)))
    run_in_schema(connection, name, _TALLY_FILES[0])


def run_in_schema(connection: Connection, schema: str, file: str) -> None:
    """Run an SQL file with unqualified names meaning `schema`, before any temporary table. To be called inside a transaction."""
    connection.execute(sql.SQL("SET LOCAL search_path TO {}, pg_temp").format(sql.Identifier(schema)))
    connection.execute(read_sql(file))
    connection.execute("SET LOCAL search_path TO DEFAULT")


def grant_installation(connection: Connection) -> None:
    """Give the roles their rights on schema `ledger`, and its ownership to the owner. To be called inside a transaction."""
    connection.execute(read_sql("installation_grants.sql"))
    # Changed rows go through temporary tables. Everybody may make those, unless an administrator has taken that right from PUBLIC.
    may_grant = connection.execute("SELECT has_database_privilege(current_database(), 'TEMPORARY WITH GRANT OPTION')").fetchone()
    if may_grant is not None and may_grant[0]:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO ledger_projector").format(database))
    _grant_usage(connection, "ledger")


def grant_projection(connection: Connection, schema: str) -> None:
    """Give the roles their rights on a schema of projections, and its ownership to the owner. To be called inside a transaction."""
    run_in_schema(connection, schema, "projection_grants.sql")
    _grant_usage(connection, schema)


def apart_from_others(connection: Connection, schema: str) -> None:
    """Make the views that keep controllers apart, and hand them to the owner of the tables. To be called inside a transaction."""
    show_apart(connection, schema)
    if roles_exist(connection) and role_exists(connection):
        _give_to_owner(connection, schema_apart(schema))


def _grant_usage(connection: Connection, schema: str) -> None:
    statement = sql.SQL("GRANT USAGE ON SCHEMA {} TO ledger_reader, ledger_projector")
    connection.execute(statement.format(sql.Identifier(schema)))
    _give_to_owner(connection, schema)


def _may_insert(connection: Connection, table: str, role: str = "ledger_projector") -> bool:
    row = connection.execute("SELECT has_table_privilege(%s, %s, 'INSERT')", [role, table]).fetchone()
    return bool(row and row[0])


def _may_make_temporary(connection: Connection) -> bool:
    row = connection.execute("SELECT has_database_privilege('ledger_projector', current_database(), 'TEMPORARY')").fetchone()
    return bool(row and row[0])


def roles_exist(connection: Connection) -> bool:
    """Whether the roles that work on log and projections are there: others came later, and not everywhere may they be made."""
    wanted = ["ledger_owner", "ledger_projector", "ledger_reader"]
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [wanted]).fetchall()
    return len(rows) == len(wanted)


def _missing(connection: Connection) -> list[Migration]:
    known = read_migrations()
    rows = connection.execute("SELECT number, name, sha256 FROM ledger.migration ORDER BY number").fetchall()
    for number, name, sha256 in rows:
        if number > len(known):
            raise OperatorError(
                f"cannot migrate: expected at most migration {len(known)}, got {name} in the database",
                hint="the database is newer than this version of the ledger: install the newer version",
            )
        if known[number - 1].sha256 != sha256:
            raise OperatorError(
                f"cannot migrate: applied migration {name} was edited: "
                f"expected sha256 {sha256[:12]}, got {known[number - 1].sha256[:12]}",
                hint="restore the file as it was, and put the change into a new migration",
            )
    done = {row[0] for row in rows}
    return [migration for migration in known if migration.number not in done]


def _apply(connection: Connection, migration: Migration) -> str:
    with connection.transaction():
        connection.execute(migration.text)
        connection.execute(
            "INSERT INTO ledger.migration (number, name, sha256) VALUES (%s, %s, %s)",
            [migration.number, migration.name, migration.sha256],
        )
    return migration.name


def _create_roles(connection: Connection) -> str | None:
    """Make the missing roles; return a note when this user may not."""
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)]).fetchall()
    missing = sorted(set(ROLES) - {row[0] for row in rows})
    if not missing:
        return None
    row = connection.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is None or not row[0]:
        return (
            f"roles not made: this user may not create roles; missing: {', '.join(missing)}; "
            "let an administrator run CREATE ROLE for each and `ledger up` again, "
            "or go on with one user for everything"
        )
    for role in missing:
        # Roles belong to the whole cluster: another database's migration may make them at this very moment.
        connection.execute(
            sql.SQL(
                "DO $$ BEGIN CREATE ROLE {role} NOLOGIN;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            ).format(role=sql.Identifier(role))
        )
        comment = sql.SQL("COMMENT ON ROLE {} IS {}")
        connection.execute(comment.format(sql.Identifier(role), sql.Literal(ROLES[role])))
    return None


def _give_to_owner(connection: Connection, schema: str) -> None:
    """Let ledger_owner own schema and tables, when this user may hand them over."""
    may: Any = connection.execute("SELECT pg_has_role(current_user, 'ledger_owner', 'USAGE')").fetchone()
    if not may[0]:
        return
    owned = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relkind IN ('r', 'v') AND c.relowner <> 'ledger_owner'::regrole ORDER BY 1",
        [schema],
    ).fetchall()
    for (table,) in owned:
        statement = sql.SQL("ALTER TABLE {} OWNER TO ledger_owner")
        connection.execute(statement.format(sql.Identifier(schema, table)))
    functions = connection.execute(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = %s::regnamespace AND proowner <> 'ledger_owner'::regrole ORDER BY 1",
        [schema],
    ).fetchall()
    for (function,) in functions:
        connection.execute(sql.SQL("ALTER FUNCTION {} OWNER TO ledger_owner").format(sql.SQL(function)))
    connection.execute(sql.SQL("ALTER SCHEMA {} OWNER TO ledger_owner").format(sql.Identifier(schema)))


def _schema_exists(connection: Connection, schema: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is not None
