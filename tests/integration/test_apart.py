"""Several controllers in one installation: a reader that is made for some of them sees no row of another, whatever it asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ledger.adapters.postgres_apart import SETTING, SHOWN
from ledger.adapters.postgres_histories import PostgresHistories
from ledger.adapters.postgres_partition_writer import AS_OF_SCHEMA
from ledger.adapters.postgres_reader import PostgresReader
from ledger.adapters.postgres_tables import TABLES
from ledger.answers.query import Query
from ledger.answers.shapes_behind import SharesWanted
from ledger.cli.asking import _projections
from ledger.errors import CallerError, OperatorError
from ledger.replaying.rebuild import rebuild
from ledger.sql import read_queries
from ledger.stack import Running
from tests.everything import everything
from tests.folded import fold_into, tell_and_fold
from tests.histories import event_id, records
from tests.integration.test_answers import HOT, loaded  # noqa: F401  a fixture
from tests.integration.test_reports import QUESTIONS
from tests.ledgers import TestLedger, new_database
from tests.plans import plan_of
from tests.promises.stories import Story

A, B = "mijndomein", "sohosted"
SETTINGS = {None: (), "": (), A: (A,), B: (B,), f"{A},{B}": (A, B), "*": (A, B), "%": (), f"{A}x": (), f" {A}": ()}
"""What the session has set -> whose rows are there."""
COUNTED = {
    "holding": "controller", "subject": "controller", "obligation": "controller", "request": "controller", "violation": "controller",
    **{f"{name}_tally": "controller" for name in ("held", "people", "due", "obligation", "violation", "promise", "request", "share")},
    "subject_entry": "(SELECT controller FROM projection.subject s WHERE s.subject_id = t.subject_id)",
    "called_for": "(SELECT DISTINCT controller FROM projection.holding h WHERE h.subject_id = t.subject_id)",
    "fact": "(SELECT DISTINCT controller FROM (SELECT subject_id, controller FROM projection.holding UNION SELECT subject_id, controller FROM"
    " projection.subject UNION SELECT subject_id, controller FROM projection.violation) AS known WHERE known.subject_id = t.subject_id)",
}  # fmt: skip
"""Table -> whose a row `t` is, as the owner of the tables finds it. The others say where the log stands, and are shown to whoever has the role."""
NOT_SHOWN = {table.name for table in TABLES} - set(SHOWN)


def lives() -> list[Any]:
    """The log of two hosters with a customer of the same name each."""
    other = Story(B).on("2019-01-07").registers("mailer", "mailing", country="NL").of("s1").opens_account().collects("account")
    other.shares("sidn", "registry", "pd:Name", ref="d-1").uses("dpv:DirectMarketing").of("s9").asks("ERASURE", identity_check="DONE")
    other.tell("HoldPlaced", hold_ref="case-b", kind="LEGAL_HOLD", store="evidence")
    other.clock("2021-03-02")
    return everything().log + [(name, fields | {"event_id": event_id(5_000 + n)}) for n, (name, fields) in enumerate(other.log)]


@pytest.fixture(scope="module")
def both(stack: Running) -> Iterator[str]:
    """Both hosters in partition 0 of one."""
    with new_database(stack) as database:
        fill(database)
        yield database


def fill(database: str) -> None:
    fold_into(database, records(lives()))


@pytest.fixture
def web(both: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(both, autocommit=True) as connection:
        connection.execute("SET ROLE ledger_web")
        yield connection


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("table", sorted(SHOWN))
def test_only_rows_of_the_controllers_that_are_set_are_there(both: str, web: psycopg.Connection[Any], table: str, setting: str | None) -> None:
    shown = SETTINGS[setting]
    whose = COUNTED.get(table)
    every = table in ("tick", "progress", "reached")
    condition = f"{whose} = ANY(%s)" + (" OR subject_id IS NULL" if table == "fact" else "") if whose else "true"
    with psycopg.connect(both) as owner:
        query = f"SELECT t::text FROM projection.{table} t WHERE {condition} ORDER BY 1"  # noqa: S608  our own names
        expected = owner.execute(query, [list(shown)] if whose else []).fetchall()  # type: ignore[call-overload]
        total = owner.execute(f"SELECT count(*) FROM projection.{table}").fetchone()  # type: ignore[call-overload]  # noqa: S608
    with web.transaction():
        if setting is not None:
            web.execute("SELECT set_config(%s, %s, true)", [SETTING, setting])
        found = web.execute(f"SELECT t::text FROM projection_web.{table} t ORDER BY 1").fetchall()  # type: ignore[call-overload]  # noqa: S608

    assert found == expected
    assert total and total[0] > 0 and (setting != "*" or len(found) == total[0]), "each table has something to hide"
    persons = "WHERE subject_id IS NOT NULL" if table == "fact" else ""
    left = web.execute(f"SELECT t::text FROM projection_web.{table} t {persons}")  # type: ignore[call-overload]  # noqa: S608
    assert every or left.fetchall() == [], "what was set holds for one transaction"


VERBS = {
    "select": "SELECT FROM {}", "insert": "INSERT INTO {} DEFAULT VALUES", "update": "UPDATE {} SET partition = 1", "delete": "DELETE FROM {}",
    "truncate": "TRUNCATE {}", "lock": "LOCK {} IN SHARE MODE",
}  # fmt: skip


@pytest.mark.parametrize("setting", [None, A, "*"])
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", sorted({f"projection.{table.name}" for table in TABLES} | {f"projection_web.{name}" for name in SHOWN}))
def test_the_role_may_read_the_views_and_nothing_else(web: psycopg.Connection[Any], name: str, verb: str, setting: str | None) -> None:
    statement = sql.SQL(VERBS[verb]).format(sql.Identifier(*name.split(".")))  # type: ignore[arg-type]
    with web.transaction(force_rollback=True):
        if setting is not None:
            web.execute("SELECT set_config(%s, %s, true)", [SETTING, setting])
        if verb == "select" and name.startswith("projection_web."):
            web.execute(statement)
            return
        with pytest.raises(psycopg.Error) as refused:
            web.execute(statement)
    # A view that cannot be written at all is said so first.
    never = ("42809", "55000", "42703") if name == "projection_web.called_for" or verb == "truncate" else ()
    assert refused.value.sqlstate in ("42501", *never)


_TABLES_OF = """
SELECT relname, has_table_privilege(c.oid, 'SELECT') FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s AND relkind = 'r'
"""


def test_with_policies_on_its_tables_a_worker_could_not_copy_into_them(both: str) -> None:
    """Why there are views: docs/decisions/0027."""
    with psycopg.connect(both) as connection:
        connection.execute("ALTER TABLE projection.tick ENABLE ROW LEVEL SECURITY")
        connection.execute("CREATE POLICY every ON projection.tick TO ledger_projector USING (true) WITH CHECK (true)")
        connection.execute("SET ROLE ledger_projector")
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="COPY FROM not supported with row-level security"):
            connection.execute("COPY projection.tick FROM STDIN")
        connection.rollback()


def test_what_is_not_named_is_not_shown(web: psycopg.Connection[Any]) -> None:
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'projection_web'::regnamespace"

    assert {row[0] for row in web.execute(query).fetchall()} == set(SHOWN)
    assert {"outcome", "dead_letter"} == NOT_SHOWN
    for schema in ("vault", "ledger"):
        tables = web.execute(_TABLES_OF, [schema]).fetchall()
        readable = [name for name, may_read in tables if may_read]
        assert readable == (["identity"] if schema == "ledger" else [])


def scoped(dsn: str, *controllers: str) -> PostgresReader:
    return PostgresReader(dsn, controllers=controllers)


ASKED: dict[str, Callable[[Query, str], Any]] = {
    "subject": lambda query, controller: [query.subject(controller, ref) for ref in ("s1", "s2", "s3", "s9", "nobody")],
    "holders": lambda query, controller: query.holders(controller),
    "due": lambda query, controller: query.due(2**50, controller),
    "obligations": lambda query, controller: [query.obligations((each,), controller=controller) for each in ("OPEN", "OVERDUE", "MET", "CANCELLED")],
    "violations": lambda query, controller: query.violations(controller=controller, limit=100),
    "recipients": lambda query, controller: query.recipients(controller),
    "transfers": lambda query, controller: query.transfers(controller),
    "retention": lambda query, controller: query.retention(controller),
    "gaps": lambda query, controller: query.retention_gaps(controller),
    "register": lambda query, controller: query.processing_register(controller),
    "requests": lambda query, controller: query.requests(controller),
    "breaches": lambda query, controller: query.breaches(controller, limit=10),
    "disclosures": lambda query, controller: query.disclosures(controller),
    "holds": lambda query, controller: [query.holds(controller, is_standing=False), query.holds_counted(controller)],
    "suppression": lambda query, controller: query.suppression(controller),
    "statement": lambda query, controller: query.processor_statement(controller),
    "access": lambda query, controller: query.access(controller, "s2", "officer"),
    "export": lambda query, controller: query.portable(controller, "s1"),
    "look-ups": lambda query, controller: query.look_ups(controller, "s1"),
    "shares": lambda query, controller: [
        query.shares_behind(SharesWanted(month=e.month, controller=controller)) for e in query.sharing_overview(controller).by_month
    ],
}


def test_who_asks_for_one_controller_gets_every_answer_about_it_as_ever(both: str) -> None:
    assert {name.replace("processor-", "") for name in QUESTIONS} <= set(ASKED)
    with closing(PostgresReader(both)) as all_of_it:
        for controller in (A, B):
            with closing(scoped(both, controller)) as reader:
                for name, ask in ASKED.items():
                    assert ask(Query(reader), controller) == ask(Query(all_of_it), controller), (controller, name)
        with closing(scoped(both, "*")) as reader:
            assert Query(reader).holders() == Query(all_of_it).holders()


PUBLISHED = {
    "recipients", "transfers", "retention", "gaps", "register", "breaches", "statement", "suppression", "disclosures", "access", "look-ups",
}  # fmt: skip
"""Answers that tell what policies and register say beside what is held."""


def test_another_controller_is_as_one_that_does_not_exist(both: str) -> None:
    """What policies and register say is published; of persons nothing tells the two apart."""
    def without_name(answer: Any, name: str) -> str:
        return repr(answer).replace(name, "-")

    with closing(scoped(both, B)) as reader:
        query = Query(reader)
        for name, ask in ASKED.items():
            if name not in PUBLISHED:
                assert without_name(ask(query, A), A) == without_name(ask(query, "unheard-of"), "unheard-of"), name
        assert query.holders().holders == query.holders(B).holders != ()
        assert not query.subject(A, "s1").known and query.subject(A, "s1", known_at=None).holdings == ()
        assert query.breaches(A, limit=10).breaches[0].affected == 0 and query.recipients(A).recipients[0].subjects == 0
    with closing(PostgresHistories(both, controllers=[B])) as histories, histories.snapshot():
        theirs = {subject_id for _, subject_id, _, _ in histories.facts_by_subject()}
    with psycopg.connect(both) as owner:
        known = {row[0].bytes for row in owner.execute("SELECT subject_id FROM projection.subject WHERE controller = %s", [B]).fetchall()}
    assert theirs == known != set()


def test_a_name_that_the_setting_cannot_hold_is_refused(both: str) -> None:
    for names in (["a,b"], [""], ["*", A]):
        with pytest.raises(CallerError, match="without a comma"):
            PostgresReader(both, controllers=names)
    with closing(scoped(both)) as nobody:
        assert Query(nobody).holders().holders == ()


def test_without_the_role_there_is_no_answer_instead_of_all_of_it(both: str) -> None:
    with psycopg.connect(both, autocommit=True) as connection:
        connection.execute("CREATE ROLE test_apart LOGIN IN ROLE ledger_reader")
    try:
        reader = PostgresReader(re.sub(r"(?<=//)\w+", "test_apart", both), controllers=[A])
        with pytest.raises(OperatorError, match="cannot keep controllers apart"), reader.snapshot():
            pass
    finally:
        with psycopg.connect(both, autocommit=True) as connection:
            connection.execute("DROP ROLE test_apart")


def test_questions_about_one_person_go_by_index_there_too(loaded: str) -> None:  # noqa: F811
    queries = read_queries("queries.sql")
    with psycopg.connect(loaded, autocommit=True, options=f"-c search_path=projection_web -c {SETTING}=hoster") as connection:
        connection.execute("SET ROLE ledger_web")
        for name, arguments in HOT.items():
            plan = plan_of(connection, queries[name], arguments)
            assert "Seq Scan" not in re.sub("Seq Scan on (progress|promise_tally)", "", plan), f"{name}\n{plan}"
            assert "Index" in plan, f"{name}\n{plan}"


def test_after_a_rebuild_and_as_of_a_moment_they_are_kept_apart_as_well(
    make_ledger: Callable[..., TestLedger], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make_ledger(partitions=1)
    tell_and_fold(ledger, records(lives()))
    monkeypatch.setenv("LEDGER__HOME", str(ledger.home))

    def seen(schema: str = "projection") -> list[int]:
        with closing(PostgresReader(ledger.dsn, schema, controllers=[A])) as a, closing(PostgresReader(ledger.dsn, schema, controllers=[B])) as b:
            return [sum(each.holdings for each in Query(reader).holders().holders) for reader in (a, b)]

    before = seen()
    rebuild(ledger.settings, workers=1)
    assert seen() == before and min(before) > 0
    with psycopg.connect(ledger.dsn) as connection:
        query = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'projection') ORDER BY 1"
        assert [row[0] for row in connection.execute(query).fetchall()] == ["projection", "projection_web"]
    with _projections(None, [str(len(lives()) - 1)], None) as (_, schema, _, _):
        assert schema.startswith(f"{AS_OF_SCHEMA}_")
        assert seen(schema) == before
