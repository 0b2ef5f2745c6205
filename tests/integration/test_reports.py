"""Every report from PostgreSQL: the same as from memory, read-only, and by index where it is about one person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from ledger.adapters.postgres_apart import SETTING
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers import unasked
from ledger.answers.query import Query
from ledger.answers.terms_held import asked_of_what_waits
from ledger.cli.main import app, register_groups
from ledger.sql import read_queries, read_sql
from tests.everything import everything, load_everything
from tests.folded import fold_into
from tests.histories import project, records
from tests.integration.test_answers import loaded  # noqa: F401  a fixture
from tests.ledgers import TestLedger
from tests.memory_answers import MemoryAnswers
from tests.plans import plan_of
from tests.promises.stories import Story
from tests.waiting_lives import KINDS, lives

QUESTIONS: dict[str, Callable[[Query], Any]] = {
    "subject": lambda query: (query.access("mijndomein", "s2"), query.access("mijndomein", "s2", "officer"), query.access("mijndomein", "nobody")),
    "export": lambda query: (query.portable("mijndomein", "s1"), query.portable("mijndomein", "nobody")),
    "recipients": lambda query: (query.recipients(), query.recipients("another")),
    "transfers": lambda query: (query.transfers(), query.transfers("another")),
    "retention": lambda query: (query.retention(), query.retention("another")),
    "gaps": lambda query: (query.retention_gaps(), query.retention_gaps("another")),
    "register": lambda query: query.processing_register("mijndomein"),
    "requests": lambda query: (
        query.requests(), query.requests(is_open=True), query.requests(is_refused=True), query.requests(limit=1), query.requests("another"),
    ),
    "breaches": lambda query: (query.breaches(), query.breaches(limit=10), query.breaches(limit=1)),
    "disclosures": lambda query: (query.disclosures(), query.disclosures("mijndomein", limit=1), query.disclosures("another")),
    "holds": lambda query: (
        query.holds(), query.holds("mijndomein", limit=1), query.holds(is_standing=False), query.holds("another"), query.holds_counted(),
    ),
    "look-ups": lambda query: query.look_ups("mijndomein", "s1"),
    "suppression": lambda query: (query.suppression(), query.suppression("another")),
    "processor-statement": lambda query: (query.processor_statement("mijndomein"), query.processor_statement("mijndomein", "mailer")),
}


@pytest.fixture
def real(database: str) -> Iterator[Query]:
    load_everything(database)
    reader = PostgresReader(database)
    yield Query(reader)
    reader.close()


def test_every_report_is_answered_as_from_memory_and_says_something(real: Query) -> None:
    memory = Query(MemoryAnswers(project(everything().log)))

    for name, ask in QUESTIONS.items():
        assert ask(real) == ask(memory), name
    (breach,) = real.breaches(limit=10).breaches
    assert {subject.subject_ref for subject in breach.subjects} == {"s1", "s3"}
    assert {line.subject_ref for line in real.requests(is_open=True).requests} == {"s1", "s2"}
    assert {line.disclosure_ref for line in real.disclosures().disclosures} == {"disclosure-1", "disclosure-2"}
    assert {(line.hold_ref, line.subject_ref) for line in real.holds().holds} == {("case-1", "s3"), ("case-3", "s1")}
    assert len(real.holds(is_standing=False).holds) == 4 and real.holds(limit=1).more and real.holds_counted().stand == 2
    following = real.holds(limit=1, after=real.holds(limit=1).next)
    assert following.holds == real.holds().holds[1:] and not following.more
    assert "police" not in repr(real.access("mijndomein", "s2"))
    assert [line.recipient for line in real.disclosures().without_request] == ["collector"]
    assert [person.subject_ref for person in real.suppression().gaps] == ["s1"] and real.suppression().lists[0].people == 3
    assert real.suppression().violations and real.retention().gaps and real.processing_register("mijndomein").differences
    assert {each.holder: each.safeguard.state for each in real.transfers().transfers} == {"mailer": "lapsed", "backup": "none"}


def test_what_can_never_start_is_found_as_in_memory_for_customers_and_for_datasets(database: str) -> None:
    about = {"purposes": ["ledger:EnquiryHandling"]}
    story = Story("sohosted").on("2019-01-01").reaches("ACCOUNT_OPENED", "a-1").reaches("ACCOUNT_OPENED", "a-2").reaches("BECAME_CUSTOMER")
    story.on("2019-01-02").reaches("ACCOUNT_CLOSED", "a-1").on("2019-01-03").collects("enquiry", "pd:Name", ref="still", **about)
    story.on("2019-01-04").reaches("ACCOUNT_CLOSED", "a-2").on("2019-01-05").collects("enquiry", "pd:Name", ref="no-more", **about)
    story.on("2019-01-06").reaches("ACCOUNT_OPENED", "a-1").on("2019-01-07").collects("enquiry", "pd:Name", ref="again", **about)
    story.on("2019-01-08").reaches("CEASED_CUSTOMER").on("2019-01-09").collects("enquiry", "pd:Name", ref="gone", **about)
    story.of("s2").on("2019-01-01").reaches("BECAME_CUSTOMER").on("2019-01-02").collects("enquiry", "pd:Name", ref="named", **about)
    story.of("dataset-1").collects("enquiry", "pd:Name", ref="unknown", **about).clock("2019-03-01")
    fold_into(database, records(story.log))
    reader = PostgresReader(database)
    real = Query(reader).retention()
    reader.close()

    assert real == Query(MemoryAnswers(project(story.log))).retention()
    assert [(gap.rule, gap.reason, gap.holdings) for gap in real.gaps] == [("SO-04", "NOT_STATED", 3), ("SO-04", "DATASET", 1)]


@pytest.mark.parametrize("hoster", sorted(KINDS))
def test_who_was_a_customer_what_never_starts_and_who_chose_what_the_database_tells_as_the_core_does(database: str, hoster: str) -> None:
    """What SQL says of milestones, consents and objections, bound to what the core keeps of the same lives."""
    story = lives(hoster, 2, 400)
    fold_into(database, records(story.log))
    reader = PostgresReader(database)
    memory = Query(MemoryAnswers(project(story.log)))
    real, suppression, disclosures = Query(reader).retention(), Query(reader).suppression(), Query(reader).disclosures()
    gaps = Query(reader).retention_gaps()
    reader.close()

    assert real == memory.retention() and gaps == memory.retention_gaps() and gaps.gaps == real.gaps != ()
    assert suppression == memory.suppression() and disclosures == memory.disclosures()
    assert [line.people > line.objecting > 0 < line.consent_ended for line in suppression.lists] == [True]
    assert bool(suppression.gaps) == (hoster == "mijndomein")
    assert disclosures.without_request and any(each.beyond for each in disclosures.disclosures)
    assert {"NOT_BEGUN"} <= {gap.reason for gap in real.gaps} and any(line.waiting > line.never_starts > 0 for line in real.schedule)


def test_each_person_counts_once_in_a_country_that_the_share_names_here_and_the_register_there(database: str) -> None:
    story = Story("mijndomein").on("2019-01-07").registers("mailer", "mailing", country="US").registers("backup", "sub_processor", country="IN")
    for name in ("s1", "s2", "s3"):
        story.of(name).opens_account().shares("backup", "sub_processor", "pd:Name").shares("mailer", "mailing", "pd:Name", ref="r-1")
        if name != "s3":
            story.shares("mailer", "mailing", "pd:EmailAddress", ref="r-2", country="US")
    story.clock("2019-02-01")
    fold_into(database, records(story.log))
    reader = PostgresReader(database)
    real = Query(reader).transfers()
    reader.close()

    assert real == Query(MemoryAnswers(project(story.log))).transfers()
    numbers = {(each.holder, each.country): (each.subjects, each.holdings) for each in real.transfers}
    assert numbers == {("mailer", "US"): (3, 5), ("backup", "IN"): (3, 3)}


def test_what_is_processed_for_customers_is_answered_as_from_memory(database: str) -> None:
    serving = {"purpose": "dpv:TechnicalServiceProvision"}
    story = Story("smallhold").on("2019-01-07").registers("centre", "data_centre", country="NL")
    for name in ("s1", "s2"):
        story.of(name).opens_account().collects("hosting", ref="site-1").collects("hosting", "ledger:MailboxContent", ref="site-2", country="DE")
        story.shares("centre", "data_centre", "ledger:HostedContent", **serving)
        story.shares("backup", "sub_processor", "ledger:HostedContent", by="centre", country="US", safeguard="eu-gdpr:A46-2-c", **serving)
    story.of("s2").on("2019-02-01").erases("ledger:MailboxContent", store="webserver").clock("2019-03-01")
    fold_into(database, records(story.log))
    reader = PostgresReader(database)
    real = Query(reader).processor_statement("smallhold")
    reader.close()

    assert real == Query(MemoryAnswers(project(story.log))).processor_statement("smallhold")
    (found,) = real.processing
    assert (found.activity, found.subjects, [sub.processor for sub in found.sub_processors]) == ("hosting", 2, ["centre", "backup"])


HOT: dict[str, dict[str, Any]] = {
    "facts_of_subjects": {"subject_ids": ["00000000-0000-0000-0000-000000000007"], "schema_ids": [1, 2]},
    "obligations_of_subjects": {"subject_ids": ["00000000-0000-0000-0000-000000000007"]},
    "events_at": {"partition": 0, "offsets": [7, 70, 700]},
    "value_at": {"partition": 0, "offset": 70},
    "people_of_disclosures": {"controller": "hoster"},
    "held_back_dated": {"controller": None},
    "past_due": {"partition": 0, "controller": None, "of_today": True},
}
WHOLE = {
    "mixes", "people_of_countries", "people_of_purpose",
    "choices", "objecting_unlisted", "terms_of_holdings", "past_due_tallied", "called_for_ahead", "waiting_alike", "alike_at",
    "erasures_unsettled", "requests", "disclosures", "affected_counted", "affected_listed", "affected_unsure", "places_of_categories",
    "obligation_with_id", "people_of_request", "erasures_met",
}  # fmt: skip


def test_what_is_about_one_person_goes_by_index(loaded: str) -> None:  # noqa: F811
    queries = read_queries("report_queries.sql")
    with psycopg.connect(loaded, autocommit=True, options="-c search_path=projection") as connection:
        for name, arguments in HOT.items():
            plan = plan_of(connection, queries[name], arguments)
            assert "Seq Scan" not in plan.replace("Seq Scan on progress", "") and "Index" in plan, f"{name}\n{plan}"


def test_every_query_of_the_file_is_hot_or_reads_a_whole_table_on_purpose() -> None:
    assert set(read_queries("report_queries.sql")) == set(HOT) | WHOLE


AT = {
    "controller": "hoster", "holder": "backup", "store": None, "categories": ["pd:Name"], "since": "2019-01-01", "until": "2019-02-01",
    "breach_ref": "b", "notice_id": "00000000-0000-0000-0000-000000000007", "alike": [7, 8], "limit": 10, "after_id": b"",
}  # fmt: skip
WAITING = {"controller": None, "is_waiting": True, "alike": [7, 8], "now": "2019-01-01"} | asked_of_what_waits([])


@pytest.mark.parametrize("options", ["search_path=projection", f"search_path=projection_web -c {SETTING}=hoster"])
def test_whom_a_breach_concerns_and_what_waits_for_its_term_is_found_by_an_index(loaded: str, options: str) -> None:  # noqa: F811
    queries = read_queries("report_queries.sql")
    with psycopg.connect(loaded, autocommit=True, options=f"-c {options}") as connection:
        connection.execute("SET ROLE ledger_web" if "web" in options else "RESET ROLE")
        for name in ("affected_counted", "affected_listed", "affected_unsure", "terms_of_holdings"):
            given = WAITING if name == "terms_of_holdings" else AT
            plan = plan_of(connection, queries[name], given)
            assert "holding_alike" in plan and (given is WAITING or "Seq Scan on holding" not in plan), f"{name}\n{plan}"  # of open duties: all


def test_who_got_something_for_which_he_must_ask_is_the_same_in_the_index_the_query_and_the_answer() -> None:
    words = f"role IN ({', '.join(repr(role) for role in sorted(unasked.ROLES))}) OR purpose = '{unasked.PURPOSE}'"

    assert words in read_queries("report_queries.sql")["people_of_disclosures"] and words in read_sql("projection_indexes.sql")


COMMANDS = [
    ["report", "subject", "s1", "-c", "mijndomein"], ["report", "subject", "s1", "-c", "mijndomein", "--for", "officer"],
    ["subject", "export", "s1", "-c", "mijndomein"], ["report", "recipients"], ["report", "transfers"], ["report", "retention"],
    ["report", "retention", "--without-facts"], ["holders", "--without-facts"],
    ["report", "register", "-c", "mijndomein"], ["report", "register", "-c", "mijndomein", "--markdown"], ["report", "requests", "--open"],
    ["report", "breaches", "--list"], ["report", "disclosures"], ["report", "look-ups", "--subject", "s1", "-c", "mijndomein"],
    ["report", "suppression"], ["holds", "--limit", "9"], ["holds", "--all"], ["report", "processor-statement", "-c", "mijndomein"],
]  # fmt: skip


def test_each_command_prints_a_table_and_one_json_document_with_its_freshness(
    make_ledger: Callable[..., TestLedger], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = make_ledger(partitions=1)
    load_everything(ledger.dsn)
    monkeypatch.setenv("LEDGER__HOME", str(ledger.home))
    register_groups()  # another test in this process may have run a command of one group alone

    for command in COMMANDS:
        shown = CliRunner().invoke(app, command)
        assert shown.exit_code == 0, (command, shown.output, shown.exception)
        if command[1] != "export":
            assert "SIMULATED ledger" in shown.stdout, command
            assert "--markdown" in command or max(map(len, shown.stdout.splitlines())) <= 100, command
        as_json = CliRunner().invoke(app, [*command, "--json"]).stdout
        assert command[1] != "export" or as_json == shown.stdout, "JSON in any case"
        told = json.loads(as_json)
        assert told["freshness"]["simulated"] is True, command
    assert CliRunner().invoke(app, ["report", "subject", "nobody", "-c", "mijndomein"]).exit_code == 1
    assert CliRunner().invoke(app, ["subject", "export", "nobody", "-c", "mijndomein"]).exit_code == 1
