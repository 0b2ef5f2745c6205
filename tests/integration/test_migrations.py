"""Migrations and roles on a real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

import ledger.sql
from ledger.adapters import postgres_migrations
from ledger.adapters.postgres_connection import connect
from ledger.adapters.postgres_duties import Duty, Name
from ledger.adapters.postgres_migrations import migrate, migrate_with_report, require_layout, take_role
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_tables import TABLES
from ledger.errors import OperatorError
from tests.projections import delta, fact_row, holding_row

if TYPE_CHECKING:
    from ledger.stack.lifecycle import Running

ALL = [
    "0001_installation", "0002_relay_by_subject", "0003_log_heads", "0004_vault", "0005_look_up_days", "0006_web", "0007_watching",
    "0008_reconcile_runs", "0009_share_moment", "0010_reconciled_people", "projection",
]  # fmt: skip


@pytest.fixture
def empty_database(stack: Running) -> Iterator[str]:
    from tests.ledgers import new_database

    with new_database(stack, template="template0") as dsn:
        yield dsn


def test_migrating_twice_applies_once(empty_database: str) -> None:
    assert migrate(empty_database) == ALL
    assert migrate(empty_database) == []


def test_two_migrations_at_once_apply_once(empty_database: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(migrate, [empty_database] * 2))

    assert sorted(answers, key=len) == [[], ALL]


def test_an_edited_applied_migration_is_refused_and_named(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty_database)
    edited = [m._replace(sha256="0" * 64) for m in ledger.sql.read_migrations()]
    monkeypatch.setattr(postgres_migrations, "read_migrations", lambda: edited)

    with pytest.raises(OperatorError, match="applied migration 0001_installation was edited"):
        migrate(empty_database)


def test_a_database_newer_than_the_package_is_refused(empty_database: str) -> None:
    migrate(empty_database)
    with connect(empty_database) as connection:
        connection.execute("INSERT INTO ledger.migration (number, name, sha256) VALUES (99, '0099_later', '')")

    with pytest.raises(OperatorError, match="got 0099_later"):
        migrate(empty_database)


def test_a_migration_that_fails_leaves_nothing(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good = ledger.sql.read_migrations()
    bad = ledger.sql.Migration(len(good) + 1, "9999_bad", "CREATE TABLE ledger.half (); SELECT 1 / 0", "x")
    monkeypatch.setattr(postgres_migrations, "read_migrations", lambda: [*good, bad])

    with pytest.raises(OperatorError, match="cannot migrate"):
        migrate(empty_database)

    with connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('ledger.half')").fetchone() == (None,)
        assert connection.execute("SELECT max(number) FROM ledger.migration").fetchone() == (len(good),)


def test_projections_of_another_layout_are_refused_until_rebuilt(database: str) -> None:
    with connect(database) as connection:
        require_layout(connection)
        connection.execute("UPDATE ledger.generation SET layout_sha256 = 'other'")

        with pytest.raises(OperatorError, match="expected the tables of this version"):
            require_layout(connection)


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
def test_the_projector_cannot_delete(database: str, statement: str, table: str) -> None:
    with connect(database) as connection:
        connection.execute("SET ROLE ledger_projector")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.format(f"projection.{table}"))  # type: ignore[call-overload]


@pytest.mark.parametrize("table", ["fact", "tick", "outcome", "violation", "dead_letter"])
def test_the_projector_cannot_change_what_is_only_added(database: str, table: str) -> None:
    with connect(database) as connection:
        connection.execute("SET ROLE ledger_projector")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"UPDATE projection.{table} SET partition = 0")  # type: ignore[call-overload]  # noqa: S608


def test_the_projector_can_write_deltas_and_the_reader_can_only_read(database: str) -> None:
    with connect(database) as connection:
        connection.execute("CREATE ROLE test_projector LOGIN IN ROLE ledger_projector")
        connection.execute("CREATE ROLE test_reader LOGIN IN ROLE ledger_reader")
    as_projector, as_reader = (re.sub(r"(?<=//)\w+", f"test_{r}", database) for r in ("projector", "reader"))
    projection, reading = PostgresProjection(as_projector), PostgresProjection(as_reader)
    try:
        projection.write(delta(0, 1, facts=[fact_row(0)], new_holdings=[holding_row()]))
        projection.write(delta(1, 2, changed_holdings=[holding_row(country="BE")]))

        assert projection.load([holding_row()[0]])[holding_row()[0]].holdings == [holding_row(country="BE")]
        assert reading.progress("facts", 0).next_offset == 2
        with pytest.raises(OperatorError, match="42501"):
            reading.write(delta(2, 3))
    finally:
        projection.close()
        reading.close()


@pytest.mark.parametrize("lane", ["_reader", "_writer"])
@pytest.mark.parametrize("statement", ["DELETE FROM fact", "TRUNCATE outcome", "UPDATE fact SET value = ''", "DROP TABLE holding"])
def test_a_live_workers_connections_are_refused_what_a_worker_must_never_do(database: str, lane: str, statement: str) -> None:
    """The tests' user is a superuser: what is refused here is refused by the role that the connection has taken."""
    projection = PostgresProjection(database)
    try:
        projection.write(delta(0, 1, facts=[fact_row(0)], new_holdings=[holding_row()]))
        projection.write(delta(1, 2, changed_holdings=[holding_row(country="BE")]))

        with pytest.raises(OperatorError, match="42501" if lane == "_writer" else "42501|25006"):
            getattr(projection, lane).run("do what it must not", lambda cursor: cursor.execute(statement))

        assert projection.known_events(0, [fact_row(0)[3]]) == {fact_row(0)[3]: fact_row(0)[6]}
    finally:
        projection.close()


@pytest.mark.parametrize("name", ["broadcaster", "relay"])
def test_a_duty_does_its_work_in_the_projectors_role(database: str, name: Name) -> None:
    with Duty(database, name) as duty:
        assert duty.take()
        duty.note_broadcast(0, 3)
        duty.note_sent({0: (5, UUID(int=1), 0)})
        duty.note_sent({0: (6, UUID(int=0), 0)})
        assert duty.broadcast_next() == 3
        assert duty.unsent(4, limit=10) == []
        assert duty._leading.execute("SELECT current_user").fetchone() == ("ledger_projector",)


def test_the_rights_of_the_projector_suffice_where_the_public_may_nothing(stack: Running, empty_database: str) -> None:
    with connect(empty_database) as connection:
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(connection.info.dbname)))
    migrate(empty_database)

    projection = PostgresProjection(empty_database)
    try:
        projection.write(delta(0, 1, new_holdings=[holding_row()]))
        projection.write(delta(1, 2, changed_holdings=[holding_row(country="BE")]))
    finally:
        projection.close()


def test_who_has_made_a_role_and_may_not_take_it_goes_on_as_itself(stack: Running, empty_database: str) -> None:
    """Since PostgreSQL 16 a maker of roles is a member that may not become them."""
    with connect(empty_database) as connection:
        connection.execute("CREATE ROLE test_maker LOGIN CREATEROLE")
        connection.execute("GRANT ledger_projector TO test_maker WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    try:
        with connect(re.sub(r"(?<=//)\w+", "test_maker", empty_database)) as connection:
            take_role(connection, "ledger_projector")

            assert connection.execute("SELECT current_user").fetchone() == ("test_maker",)
    finally:
        with connect(empty_database) as connection:
            connection.execute("DROP ROLE test_maker")


def test_a_user_who_may_not_create_roles_gets_a_note_and_a_working_database(
    stack: Running, empty_database: str
) -> None:
    with connect(empty_database) as connection:
        connection.execute("DROP ROLE IF EXISTS plain_user")
        connection.execute("CREATE ROLE plain_user LOGIN")
        name = connection.execute("SELECT current_database()").fetchone()
        assert name is not None
        connection.execute(f"GRANT CREATE ON DATABASE {name[0]} TO plain_user")  # type: ignore[call-overload]
    plain = re.sub(r"(?<=//)\w+", "plain_user", empty_database)
    roles = postgres_migrations.ROLES
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(postgres_migrations, "ROLES", {f"missing_{role}": text for role, text in roles.items()})
            report = migrate_with_report(plain)

        assert report.applied == ALL
        assert report.note is not None
        assert "may not create roles" in report.note
        projection = PostgresProjection(plain)
        projection.write(delta(0, 1, facts=[fact_row(0)]))
        projection.close()
    finally:
        with connect(empty_database) as connection:
            connection.execute("DROP OWNED BY plain_user CASCADE; DROP ROLE plain_user")


def test_where_only_the_vaults_role_is_missing_the_others_get_their_rights(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older installation whose user may not create roles: its workers and answers go on, and the note says what is missing."""
    monkeypatch.setattr(postgres_migrations, "_create_roles", lambda connection: "roles not made: missing: ledger_vault")
    assert migrate_with_report(empty_database).note is not None

    with connect(empty_database) as connection:
        assert postgres_migrations._may_insert(connection, "ledger.log_head")
        assert postgres_migrations._may_insert(connection, "projection.fact")
        assert not postgres_migrations._may_insert(connection, "vault.epoch", "ledger_vault")
    migrate(empty_database)
    with connect(empty_database) as connection:
        assert not postgres_migrations._may_insert(connection, "vault.epoch", "ledger_vault")
    monkeypatch.undo()
    assert migrate(empty_database) == []
    with connect(empty_database) as connection:
        assert postgres_migrations._may_insert(connection, "vault.epoch", "ledger_vault"), "made later, it gets its rights later"


def test_every_table_and_column_says_what_it_is(database: str) -> None:
    with connect(database) as connection:
        bare = connection.execute(
            """SELECT c.relname, a.attname
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE n.nspname IN ('ledger', 'projection', 'vault') AND c.relkind = 'r' AND a.attnum > 0
                  AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)"""
        ).fetchall()

    assert bare == []


def test_the_column_lists_in_python_sql_and_document_are_the_same(database: str) -> None:
    with connect(database) as connection:
        rows = connection.execute(
            """SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE n.nspname = 'projection' AND c.relkind = 'r' AND a.attnum > 0 ORDER BY c.relname, a.attnum"""
        ).fetchall()
    long_names = {"int": "integer", "timestamptz": "timestamp with time zone"}

    def spelled(name: str) -> str:
        base, array = name.removesuffix("[]"), name.endswith("[]")
        return long_names.get(base, base) + ("[]" if array else "")

    expected = sorted((t.name, c, spelled(k)) for t in TABLES for c, k in zip(t.columns, t.types, strict=True))
    assert sorted(rows) == expected

    document = Path("docs/architecture.md").read_text(encoding="utf-8")
    for table in TABLES:
        block = re.search(rf"^    {table.name}\((.*?)\)\s*(?:PK|--|$)", document, re.M | re.S)
        assert block is not None, table.name
        text = re.sub(r"\([^)]*\)|--.*|\bPK\b", "", block[1])
        assert [part.split()[0] for part in text.split(",")] == list(table.columns)
