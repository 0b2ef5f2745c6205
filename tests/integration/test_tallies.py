"""Tallies: what triggers keep is what counting again gives, whatever happens in whichever batches; and the overviews say what the reports say."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ledger.adapters.postgres_histories import PostgresHistories
from ledger.adapters.postgres_migrations import ROLES
from ledger.adapters.postgres_projection import PostgresProjection
from ledger.adapters.postgres_reader import PostgresReader
from ledger.adapters.postgres_tables import COUNTED, KEPT, TABLES
from ledger.answers.asking import EVER
from ledger.answers.deletion_overview import age_of
from ledger.answers.mixes import Mix, read_mixes, tallied_mixes
from ledger.answers.people import people_of_holders
from ledger.answers.query import Query
from ledger.cli.main import app, register_groups
from ledger.core.delta import NOBODY, Delta
from ledger.errors import OperatorError
from ledger.folding.projecting import Projecting
from ledger.reconciling.people import EVERYBODY, compare_people
from ledger.replaying.rebuild import rebuild
from ledger.sql import read_queries
from ledger.stack import Running
from tests.asking_lives import asking
from tests.everything import everything, load_everything
from tests.folded import make_simulated, tell_and_fold
from tests.histories import Event, at, histories, project, records
from tests.integration.test_apart import A, B, lives
from tests.ledgers import TestLedger, new_database
from tests.memory_answers import MemoryAnswers
from tests.plans import plan_of
from tests.promises.stories import Story, customer
from tests.small_ledger import history
from tests.without_facts import without_facts

VIEWS = {table.name: view for table, view in COUNTED.items()}
CALENDAR_END = at(40_000)


@pytest.fixture(scope="module")
def shared(stack: Running) -> Iterator[str]:
    with new_database(stack) as dsn:
        yield dsn


def empty(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE " + ", ".join(f"projection.{table.name}" for table in TABLES))
    make_simulated(dsn)


def kept_and_counted(dsn: str, schema: str = "projection") -> dict[str, tuple[list[Any], list[Any]]]:
    with psycopg.connect(dsn) as connection:
        def rows(name: str) -> list[Any]:
            return connection.execute(f"SELECT t::text FROM {schema}.{name} t ORDER BY 1").fetchall()  # type: ignore[call-overload]  # noqa: S608

        return {tally: (rows(tally), rows(counted)) for tally, counted in VIEWS.items()}


def assert_kept(dsn: str) -> None:
    for tally, (kept, counted) in kept_and_counted(dsn).items():
        assert kept == counted, tally


def fold(dsn: str, log: list[Event], cuts: list[int]) -> None:
    """Fold a log in batches; after each the tallies are as counted."""
    projection = PostgresProjection(dsn)
    made = records(log)
    with closing(projection):
        folding = Projecting(0, projection, partitions=1, progress=projection.progress("facts", 0), simulated=True)
        for first, last in zip([0, *cuts], [*cuts, len(made)], strict=True):
            delta: Delta = folding.project(made[first:last])
            if delta.moves:
                projection.write(delta)
                folding.note_committed(delta.number)
            while folding.is_pending:
                projection.write(folding.project(()))
            assert_kept(dsn)


# Nothing is made smaller when it fails: each try is a ledger of its own, and the batches are few.
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(log=histories(), data=st.data())
def test_whatever_happens_in_whichever_batches_they_are_what_counting_gives(shared: str, log: list[Event], data: st.DataObject) -> None:
    empty(shared)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(log) - 1)), max_size=5)))

    fold(shared, log, cuts)

    assert_follows_from_the_facts(shared)
    memory = Query(MemoryAnswers(project(log)))
    with closing(PostgresReader(shared)) as reader:
        real = Query(reader)
        assert real.sharing_overview() == memory.sharing_overview()
        assert real.deletion_overview(None, CALENDAR_END) == memory.deletion_overview(None, CALENDAR_END)
        assert real.promises_overview() == memory.promises_overview()
        assert real.violations() == memory.violations()
        assert real.requests() == memory.requests() and real.requests_counted() == memory.requests_counted()
        assert_from_tallies_as_from_rows(reader)


def assert_follows_from_the_facts(dsn: str) -> None:
    """As `ledger reconcile` compares it: in slices of two people, each fact folded once more."""
    last = NOBODY
    with closing(PostgresHistories(dsn)) as histories:
        while last < EVERYBODY:
            found = compare_people(histories, 0, last, 2, partitions=1, simulated=True)
            assert found.mismatches == []
            last = found.last


def assert_from_tallies_as_from_rows(reader: PostgresReader) -> None:
    """What is asked of tallies is what the holdings say, for each controller."""
    query = Query(reader)
    with query._asking.snapshot() as seen:
        assert people_of_holders(seen, None) == {(holder, role): number for holder, role, number in reader.subjects_of_holders(None)}
        owners = {row[1] for row in reader.mixes(None)}
        assert mixed(tallied_mixes(seen, None)) == mixed(read_mixes(seen, None))
        for owner in owners:
            assert mixed(tallied_mixes(seen, owner)) == mixed(read_mixes(seen, owner))
        every = reader.violations_tallied(None, None)
        assert_alike(every, [(p, row) for p in range(seen.partitions) for row in reader.violations_counted(p, 0, EVER, None, None)])
        for owner, promise in {(row[0], row[1]) for _, row in every}:
            assert_alike(reader.violations_tallied(owner, promise), [(p, row) for p, row in every if row[:2] == (owner, promise)])
    for owner in owners:
        for ask in (query.processing_register, query.processor_statement, query.recipients, query.holders, query.retention):
            assert without_facts(ask(owner, with_facts=False)) == without_facts(ask(owner)), ask  # type: ignore[operator]


def assert_alike(tallied: list[tuple[int, Any]], counted: list[tuple[int, Any]]) -> None:
    """The same rows of the same partitions; those of one partition in any order."""
    assert Counter(tallied) == Counter(counted) and [p for p, _ in tallied] == sorted(p for p, _ in counted)


def mixed(mixes: list[Mix]) -> Counter[tuple[Any, ...]]:
    """Holdings by all that a mix tells apart, over all partitions."""
    found: Counter[tuple[Any, ...]] = Counter()
    for each in mixes:
        found[each[1:16]] += each.holdings
    return found


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_life_with_something_of_everything_leaves_every_tally_with_rows_and_none_at_zero(shared: str, size: int) -> None:
    for log in (history(), everything().log, lives(), asked := asking("webhoster", 1, 120).log):
        empty(shared)
        fold(shared, log, list(range(size, len(log), size)))
        filled = {tally for tally, (kept, _) in kept_and_counted(shared).items() if kept}
        assert filled == set(VIEWS) - ({"due_tally"} if log is asked else set()), "each has something to count"
        assert_follows_from_the_facts(shared)
        with closing(PostgresReader(shared)) as reader:
            assert_from_tallies_as_from_rows(reader)


def corrected() -> Story:
    story = customer("mijndomein").on("2019-02-01").shares("sidn", "registry", "pd:Name", ref="order-1").on("2020-03-01")
    return story.asks("RECTIFICATION", identity_check="DONE").answers("FULFILLED").on("2020-03-02").rectifies().on("2020-03-03").rectifies("sidn")


def restricted() -> Story:
    story = customer("smallhold").shares("sidn", "registry", "pd:Name", ref="domain-1").on("2019-03-01").asks("RESTRICTION", identity_check="DONE")
    story.answers("FULFILLED").on("2019-03-02").tell("HoldPlaced", hold_ref="hold-1", kind="RESTRICTION", categories=["pd:Name"])
    return story.on("2019-03-03").tell("NoticeGiven", to="sidn", about="restriction", ref="sidn", method="email")


@pytest.mark.parametrize("story", [corrected, restricted])
def test_a_request_that_was_closed_is_open_while_others_are_to_be_told_of_what_it_brought_about(shared: str, story: Callable[[], Story]) -> None:
    log, states = story().log, list[str]()
    for told in range(len(log) - 2, len(log) + 1):
        empty(shared)
        fold(shared, log[:told], list(range(1, told)))
        with closing(PostgresReader(shared)) as reader:
            states += [each.state for each in Query(reader).requests().requests]

    assert states == ["CLOSED", "UNSETTLED", "CLOSED"]


def test_a_worker_may_not_write_them(shared: str) -> None:
    with closing(PostgresProjection(shared)) as projection:
        for tally in KEPT:
            for statement in (f"DELETE FROM {tally.name}", f"UPDATE {tally.name} SET partition = 1", f"INSERT INTO {tally.name} DEFAULT VALUES"):  # noqa: S608
                with pytest.raises(OperatorError, match="42501"):
                    projection._writer.run("do what it must not", lambda cursor, each=statement: cursor.execute(each))  # type: ignore[misc]
        with pytest.raises(OperatorError, match="42501"):
            projection._writer.run("switch them off", lambda cursor: cursor.execute("ALTER TABLE holding DISABLE TRIGGER USER"))


def may_run(dsn: str) -> set[tuple[str, str]]:
    """(role, function) of those with the rights of the owner: whoever may run one may have it look at a table of one's own."""
    query = """SELECT r.rolname, p.proname
                 FROM pg_proc p, pg_roles r
                WHERE p.pronamespace = 'projection'::regnamespace AND p.prosecdef
                  AND r.rolname = ANY(%s) AND has_function_privilege(r.oid, p.oid, 'EXECUTE')"""
    with psycopg.connect(dsn) as connection:
        return set(connection.execute(query, [[role for role in ROLES if role != "ledger_owner"]]).fetchall())


@pytest.mark.parametrize("role", ["ledger_reader", "ledger_projector"])
def test_nobody_lets_them_count_a_table_of_ones_own(shared: str, role: str) -> None:
    empty(shared)
    fold(shared, lives(), [])
    with psycopg.connect(shared) as connection:
        connection.execute(psycopg.sql.SQL("SET ROLE {}").format(psycopg.sql.Identifier(role)))
        connection.execute("CREATE TEMPORARY TABLE mine AS SELECT * FROM projection.request LIMIT 0")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "CREATE TRIGGER forged AFTER INSERT ON mine REFERENCING NEW TABLE AS requests_after FOR EACH STATEMENT"
                " EXECUTE FUNCTION projection.tally_requests()"
            )
    assert may_run(shared) == set()


def test_a_temporary_table_of_the_same_name_takes_nothing_from_them(database: str) -> None:
    with closing(PostgresProjection(database)) as projection:
        projection._writer.run("make one", lambda cursor: cursor.execute("CREATE TEMPORARY TABLE held_tally (LIKE projection.held_tally)"))
        folding = Projecting(0, projection, partitions=1, progress=projection.progress("facts", 0), simulated=True)
        projection.write(folding.project(records(history())))
    assert_kept(database)
    assert kept_and_counted(database)["held_tally"][0]


def test_a_rebuild_counts_what_triggers_have_kept_and_they_go_on_after_the_switch(make_ledger: Callable[..., TestLedger]) -> None:
    ledger = make_ledger(partitions=1)
    tell_and_fold(ledger, records(lives()))
    before = kept_and_counted(ledger.dsn)
    assert all(kept == counted != [] for kept, counted in before.values())

    rebuild(ledger.settings, workers=1)
    assert kept_and_counted(ledger.dsn) == before
    assert may_run(ledger.dsn) == set()

    with closing(PostgresProjection(ledger.dsn)) as projection:
        folding = Projecting(0, projection, partitions=1, progress=projection.progress("facts", 0), simulated=True)
        more = [(n, {**f, "event_id": (9_000_000 + i).to_bytes(16, "big")}) for i, (n, f) in enumerate(everything().log) if "subject_ref" in f]
        more = [(name, fields | {"subject_ref": "s77"}) for name, fields in more]
        projection.write(folding.project(records(more, first_offset=folding.next_offset)))
    after = kept_and_counted(ledger.dsn)
    assert all(kept == counted for kept, counted in after.values()) and after != before


def test_every_number_is_what_the_reports_say(database: str) -> None:
    load_everything(database)
    with closing(PostgresReader(database)) as reader:
        query = Query(reader)
        sharing, recipients = query.sharing_overview(A), {(e.recipient, e.role): e for e in query.recipients(A).recipients if e.holdings}
        transfers, deletion = query.transfers(A), query.deletion_overview(A, CALENDAR_END)
        due, retention, holders = query.due(CALENDAR_END, A, limit=10_000), query.retention(A), query.holders(A)
        unsettled = query.obligations(controller=A, limit=10_000).obligations
        settled = query.obligations(("MET", "CANCELLED"), controller=A, limit=10_000).obligations
        violations = query.violations(controller=A).counts

        assert query.sharing_overview("another").recipients == () and query.sharing_overview() == query.sharing_overview(None)

    assert {(e.recipient, e.role) for e in sharing.recipients} == set(recipients) != set()
    for each in sharing.recipients:
        other = recipients[each.recipient, each.role]
        assert (each.subjects, each.holdings, each.registered) == (other.subjects, other.holdings, other.registered)
        assert each.agreement == other.agreement.state
        assert {t for gets in other.gets for t in gets.categories} == set(each.categories) and each.safeguard == other.safeguard
        assert {gets.purpose for gets in other.gets if gets.categories} == set(each.purposes) and each.countries == other.countries
        assert sum(flow.holdings for flow in sharing.flows if (flow.recipient, flow.role) == (each.recipient, each.role)) == each.holdings
        assert {cell.category for cell in sharing.matrix if (cell.recipient, cell.role) == (each.recipient, each.role)} == set(each.categories)
    told = {(e.agreement.agreement, e.agreement.state) for e in sharing.agreements}
    assert {(a.agreement, a.state) for r in recipients.values() for a in r.agreement.agreements} == told != set()
    outside = {(e.holder, e.role, e.country): (e.subjects, e.holdings, e.safeguard) for e in sharing.places if not e.by_register}
    assert {(e.holder, e.role, e.country): (e.subjects, e.holdings, e.safeguard) for e in transfers.transfers}.items() <= outside.items()
    assert transfers.transfers and {("mailer", "backup")} <= {(flow.giver, flow.recipient) for flow in sharing.flows}
    assert {(e.holder, e.role): (e.subjects, e.holdings) for e in sharing.holders} == {
        (e.holder, e.role): (e.subjects, e.holdings) for e in holders.holders if e.holdings
    }
    assert sum(e.holdings for e in sharing.places) == sum(e.holdings for e in holders.holders)
    assert sharing.subjects == 3

    erasures = [e for e in unsettled if e.kind == "ERASE"]
    assert deletion.overdue + deletion.open == len(erasures) > 0
    by_rule = {(line.rule, line.state): line.number for line in retention.overruns}
    assert {key: sum(e.number for e in deletion.unsettled if (e.rule, e.state) == key) for key in by_rule if key[1] != "HELD_BACK"} == {
        key: number for key, number in by_rule.items() if key[1] != "HELD_BACK"
    }
    assert deletion.held_back == sum(number for (_, state), number in by_rule.items() if state == "HELD_BACK")
    assert deletion.done == sum(e.state == "MET" for e in settled if e.kind == "ERASE")
    assert deletion.refused == sum(e.reason == "refused" for e in settled)
    assert sum(e.number for e in deletion.settled) == sum(e.number for e in deletion.settled_by_rule) == sum(e.kind == "ERASE" for e in settled)
    called_ahead = sum(line.called_for for line in retention.schedule) - sum(e.number for e in deletion.unsettled)
    assert sum(e.number for e in deletion.coming) >= sum(line.state == "COMING" for line in due.lines) and called_ahead <= 0
    assert sum(e.number for e in deletion.coming_by_rule) == sum(e.number for e in deletion.coming) > 0
    assert min(e.first for e in deletion.coming_by_rule) == deletion.coming[0].day
    assert sum(e.number for e in deletion.without_date if e.rule is not None) == sum(line.waiting for line in retention.schedule)
    assert sum(e.number for e in deletion.without_date if e.rule is None) == sum(gap.holdings for gap in retention.gaps if gap.reason == "NO_RULE")
    promises = query_promises(database)
    assert sum(e.number for e in promises) == sum(count.violations for count in violations) > 0


def query_promises(dsn: str) -> Any:
    with closing(PostgresReader(dsn)) as reader:
        return Query(reader).promises_overview(A).broken


def test_overviews_of_one_controller_are_those_of_a_reader_made_for_it(database: str) -> None:
    empty(database)
    fold(database, lives(), [])
    with closing(PostgresReader(database)) as reader, closing(PostgresReader(database, controllers=[B])) as of_b:
        assert Query(of_b).sharing_overview(B) == Query(reader).sharing_overview(B)
        assert Query(of_b).deletion_overview(B, CALENDAR_END) == Query(reader).deletion_overview(B, CALENDAR_END)
        assert Query(of_b).promises_overview(B) == Query(reader).promises_overview(B)
        for name in ("processing_register", "processor_statement", "recipients", "holders", "retention"):
            real, apart = getattr(Query(reader), name), getattr(Query(of_b), name)
            assert apart(B, with_facts=False) == real(B, with_facts=False) != real(A, with_facts=False)
            assert without_facts(apart(A, with_facts=False)) != without_facts(real(A, with_facts=False)), "nothing is seen of another"
        assert Query(of_b).sharing_overview().recipients == Query(reader).sharing_overview(B).recipients != ()
        assert Query(of_b).sharing_overview(A).subjects == 0 < Query(reader).sharing_overview(A).subjects


def test_an_overview_reads_tallies_alone(database: str) -> None:
    arguments = {"controller": A, "since": date(2020, 1, 1), "until": date(2020, 2, 1), "today": date(2020, 1, 15)}
    with psycopg.connect(database, options="-c search_path=projection") as connection:
        for name, query in read_queries("tally_queries.sql").items():
            plan = plan_of(connection, query, arguments)
            read = set(re.findall(r"Scan (?:using \w+ )?on (\w+)", plan)) - set(re.findall(r"Bitmap Index Scan on (\w+)", plan))
            assert len(read) == 1 and read <= {*VIEWS, "share_tally"}, f"{name}\n{plan}"


AGES = [(-3, "0-6"), (0, "0-6"), (6, "0-6"), (7, "7-29"), (29, "7-29"), (30, "30-89"), (89, "30-89"), (90, "90+"), (4000, "90+")]


def test_an_erasure_is_as_old_as_the_days_since_it_was_due_in_the_database_as_well(shared: str) -> None:
    empty(shared)
    today = date(2026, 11, 27)
    with psycopg.connect(shared, autocommit=True) as connection, closing(PostgresReader(shared)) as reader:
        for days, age in AGES:
            assert age_of(today - timedelta(days=days), today) == age
            connection.execute("TRUNCATE projection.obligation_tally")
            connection.execute(
                "INSERT INTO projection.obligation_tally VALUES (0, gen_random_uuid(), 'c', 'ERASE', 'h', 'r', 'OPEN', %s, NULL, NULL, 2)",
                [today - timedelta(days=days)],
            )
            with reader.snapshot():
                assert reader.tally_unsettled("c", today) == [("c", "h", "r", "OPEN", age, today - timedelta(days=days), 2)]


@pytest.mark.parametrize("command", [["sharing"], ["deletion", "--until", "2031-01-01"], ["promises"]])
def test_each_command_prints_a_table_and_one_json_document(
    command: list[str], make_ledger: Callable[..., TestLedger], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make_ledger(partitions=1)
    load_everything(ledger.dsn)
    monkeypatch.setenv("LEDGER__HOME", str(ledger.home))
    register_groups()

    shown = CliRunner().invoke(app, ["overview", *command])
    as_json = CliRunner().invoke(app, ["overview", *command, "--json"])

    assert shown.exit_code == as_json.exit_code == 0, (shown.output, shown.exception, as_json.exception)
    assert "SIMULATED ledger" in shown.stdout and max(map(len, shown.stdout.splitlines())) <= 100
    told = json.loads(as_json.stdout)
    lists = [value for name, value in told.items() if isinstance(value, list)]
    assert told["freshness"]["simulated"] is True and any(lists)
    listed = [line["listed_by"] for each in lists for line in each if "listed_by" in line]
    assert {each["question"] for each in listed} <= {"recipients", "transfers", "obligations", "due", "retention", "violations"} != set()
    assert (command[0] != "deletion" or re.fullmatch(r"\d{4}-\d\d-\d\d", told["until"]))
