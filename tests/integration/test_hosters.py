"""Each of the five hosters once, from end to end on the real stack: its policy published, its customers' lives emitted, its obligations acted on.

What the ledger found, chased and found kept is asked through the query side, promise by promise. One run serves all five, as one ledger does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_digest import digests
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.query import Query
from ledger.demo.child import Worker
from ledger.demo.hosters import CA_TWO, PSP_ONE, REGISTRAR_ONE
from ledger.demo.lives import START, Happening, lives
from ledger.demo.story import Play
from ledger.replaying.rebuild import rebuild
from ledger.stack.lifecycle import Running
from ledger.topics import FACTS
from tests.ledgers import TestLedger, new_ledger
from tests.played_lives import planted

SIZE, SEED, LIMIT = 40, 2018, 100_000
HOSTERS = ("mijndomein", "hostinghuis", "webhoster", "smallhold", "sohosted")
Found = dict[str, set[str]]

FOUND: dict[str, Found] = {
    "mijndomein": {
        "MD-07": {"use-for-other-purpose"}, "MD-12": {"prohibited-share"}, "MD-13": {"share-without-ref"}, "MD-14": {"transfer-lapsed"},
        "MD-17": {"overdue-answer"}, "MD-18": {"overdue-rectification"}, "MD-20": {"use-after-objection"}, "X-04": {"undeclared-recipient-role"},
    },
    "hostinghuis": {
        "HH-03": {"use-after-objection"}, "HH-04": {"prohibited-share"},
        "HH-07": {"use-for-other-purpose", "look-up-without-reason"}, "HH-10": {"share-without-notice"}, "HH-13": {"overdue-notice"},
        "HH-20": {"announced-late"}, "HH-21": {"look-up-without-reason"},
    },
    "webhoster": {
        "WH-02": {"prohibited-share"}, "WH-03": {"share-for-other-purpose"}, "WH-09": {"look-up-without-reason"},
        "WH-04": {"overdue-erasure"}, "WH-06": {"overdue-erasure"}, "GDPR-17": {"overdue-erasure"},
    },
    "smallhold": {
        "SH-01": {"undeclared-category"}, "SH-02": {"prohibited-collection"}, "SH-07": {"overdue-notice"}, "SH-09": {"use-without-consent"},
        "SH-10": {"store-in-other-country"}, "GDPR-5-1-b": {"use-for-other-purpose"},
    },
    "sohosted": {
        "SO-05": {"use-without-consent"}, "SO-07": {"too-many-sends"}, "SO-09": {"share-without-agreement", "agreement-lapsed"},
        "SO-10": {"share-with-unregistered-recipient"}, "SO-11": {"prohibited-share", "share-of-other-category"}, "GDPR-33": {"overdue-notice"},
        "GDPR-5-1-b": {"use-for-other-purpose"},
    },
}  # fmt: skip
"""Hoster -> promise -> the rules by which it was found broken; of no other promise anything is found."""

CHASED: dict[str, Found] = {
    "mijndomein": {"MD-17": {"ANSWER"}, "MD-18": {"ANSWER", "RECTIFY"}, "MD-21": {"ANSWER", "ERASE"}, "GDPR-17": {"ERASE"}},
    "hostinghuis": {
        "HH-02": {"END_SERVICE"}, "HH-13": {"NOTIFY_SUBJECT"}, "HH-15": {"ERASE"}, "HH-16": {"ERASE"}, "HH-18": {"ANSWER", "ERASE"},
        "HH-19": {"ANSWER", "EXPORT_FIRST"}, "GDPR-17": {"ERASE"},
    },
    "webhoster": {
        "WH-01": {"ERASE"}, "WH-04": {"ERASE"}, "WH-06": {"ERASE"}, "WH-07": {"ERASE"}, "WH-10": {"NOTIFY_AUTHORITY", "NOTIFY_SUBJECT"},
        "WH-11": {"ANSWER"}, "WH-12": {"END_SERVICE"}, "WH-13": {"ANSWER"}, "GDPR-17": {"ERASE"},
    },
    "smallhold": {"SH-03": {"ANSWER"}, "SH-07": {"NOTIFY_SUBJECT"}, "SH-11": {"ERASE"}, "GDPR-17": {"ERASE"}, "GDPR-12-3": {"ANSWER"}},
    "sohosted": {"SO-04": {"ERASE"}, "SO-06": {"ERASE"}, "SO-12": {"ERASE"}, "SO-13": {"ANSWER"}, "GDPR-33": {"NOTIFY_AUTHORITY"}},
}  # fmt: skip
"""Hoster -> promise -> the kinds of obligations that it called for and that were met."""

KEPT: dict[str, dict[str, tuple[str, dict[str, object]]]] = {
    "mijndomein": {
        "MD-06": ("DataUsed", {"purpose": "ledger:DataCombination"}), "MD-15": ("DataShared", {"recipient_role": "registry"}),
        "MD-23": ("RequestAnswered", {"outcome": "PARTLY"}), "MD-24": ("DataShared", {"recipient_role": "mailing"}),
    },
    "hostinghuis": {
        "HH-01": ("DataCollected", {"activity": "account"}), "HH-06": ("DataShared", {"recipient_role": "payment_provider"}),
        "HH-08": ("DataShared", {"recipient_role": "registry"}), "HH-12": ("DataShared", {"country": "US"}),
    },
    "webhoster": {
        "WH-05": ("DataShared", {"recipient_role": "certificate_authority"}), "WH-08": ("DataCollected", {"activity": "visitor_traffic"}),
        "WH-12": ("DataErased", {"by": "webhoster"}),
    },
    "smallhold": {
        "SH-04": ("DataShared", {"by": "openprovider"}), "SH-05": ("DataShared", {"recipient_role": "registry"}),
        "SH-06": ("DataShared", {"country": "US"}), "SH-08": ("DataCollected", {"activity": "server_logs"}),
    },
    "sohosted": {
        "SO-08": ("DataUsed", {"purpose": "ledger:ProductNews"}), "SO-14": ("RequestAnswered", {"outcome": "FULFILLED"}),
        "SO-12": ("DataCollected", {"activity": "look_up_log"}),
    },
}  # fmt: skip
"""Hoster -> promise -> an act that it is about: it was done, and nothing was found."""


@pytest.fixture(scope="module")
def ledger(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLedger]:
    """A ledger on which all five have been played."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=START)
    with new_ledger(stack, tmp_path_factory.mktemp("hosters"), start=start) as made:
        with ExitStack() as running:
            worker = running.enter_context(Worker(made.home))
            play = running.enter_context(Play(made.settings, made.identity.partitions, worker, size=SIZE, seed=SEED))
            play.set_up()
            for _ in play.months():
                pass
        yield made


@pytest.fixture(scope="module")
def query(ledger: TestLedger) -> Iterator[Query]:
    admin, reader = KafkaAdmin(ledger.settings), PostgresReader(ledger.dsn)
    try:
        yield Query(reader, lambda partitions: admin.end_offsets(FACTS, partitions))
    finally:
        reader.close()


@pytest.fixture(scope="module")
def played() -> list[Happening]:
    return list(lives(SIZE, SEED))


@pytest.mark.parametrize("hoster", HOSTERS)
def test_what_was_broken_is_found_and_nothing_else(query: Query, hoster: str) -> None:
    counts = query.violations(controller=hoster).counts

    assert {promise: {it.rule for it in counts if it.promise == promise} for promise in sorted({it.promise for it in counts})} == FOUND[hoster]
    times = Counter({(it.promise, it.rule): it.violations for it in counts if it.rule != "overdue-erasure"})
    wanted = Counter((promise, rule) for (controller, _, promise, rule), n in planted(SIZE, SEED).items() for _ in range(n) if controller == hoster)
    assert times == wanted


@pytest.mark.parametrize("hoster", HOSTERS)
def test_what_came_due_is_chased_until_it_is_done(query: Query, hoster: str) -> None:
    met = query.obligations(("MET",), controller=hoster, limit=LIMIT).obligations

    done = {(it.rule, it.kind) for it in met}
    assert done >= {(promise, kind) for promise, kinds in CHASED[hoster].items() for kind in kinds}
    assert all(it.certificate_ref for it in met if it.kind == "ERASE")
    assert query.obligations(("OPEN",), controller=hoster, limit=LIMIT).obligations == ()


@pytest.mark.parametrize(
    ("hoster", "undone"),
    [
        ("mijndomein", {(PSP_ONE.name, "MD-18", "RECTIFY")}),
        ("hostinghuis", {("hostinghuis", "HH-13", "NOTIFY_SUBJECT")}),
        ("webhoster", {(REGISTRAR_ONE.name, "WH-04", "ERASE"), (REGISTRAR_ONE.name, "GDPR-17", "ERASE")}),
        ("smallhold", {("smallhold", "SH-07", "NOTIFY_SUBJECT")}),
        ("sohosted", set()),
    ],
)
def test_what_nobody_does_stays_overdue(query: Query, hoster: str, undone: set[tuple[str, str, str]]) -> None:
    overdue = query.obligations(("OVERDUE",), controller=hoster, limit=LIMIT).obligations

    assert {(it.holder, it.rule, it.kind) for it in overdue} == undone
    assert CA_TWO.name not in {it.holder for it in overdue}, "it is late, and then does it"


@pytest.mark.parametrize("hoster", HOSTERS)
def test_what_was_kept_is_not_called_broken(query: Query, played: list[Happening], hoster: str) -> None:
    broken = {it.promise for it in query.violations(controller=hoster).counts}

    for promise, (type_name, fields) in KEPT[hoster].items():
        done = [it for it in played if it.controller == hoster and it.type == type_name and it.fields.items() >= fields.items()]
        if type_name == "DataErased":
            done = [it for it in query.obligations(("MET",), holder=hoster, limit=LIMIT).obligations if it.kind == "ERASE"]
        assert done, promise
        assert promise not in broken


def test_a_breach_concerns_those_who_were_there_and_they_are_told(query: Query) -> None:
    found = {it.controller: it for it in query.breaches().breaches}

    assert found.keys() == {"sohosted", "webhoster", "hostinghuis"}
    assert {hoster: it.notice for hoster, it in found.items()} == {"sohosted": "NOT_ASKED", "webhoster": "BY_POLICY", "hostinghuis": "BY_POLICY"}
    assert found["webhoster"].told == found["webhoster"].affected > 0 == found["webhoster"].authority_late_by_seconds
    assert found["hostinghuis"].told == found["hostinghuis"].affected - 1 > 0
    assert found["hostinghuis"].authority_due_at is None, "there is hardly any risk"
    assert found["sohosted"].authority_late_by_seconds > 0


def test_requests_run_on_their_clocks(query: Query) -> None:
    lines = query.requests(limit=LIMIT).requests

    assert [(it.controller, it.right) for it in lines if it.clock.late_by_seconds] == [("mijndomein", "ACCESS")]
    assert [it.controller for it in lines if it.clock.extended] == ["sohosted"]
    assert [it.controller for it in lines if it.identified_at not in (None, it.received_at)] == ["smallhold"]
    assert all(it.state == "CLOSED" for it in lines if it.controller not in ("webhoster", "mijndomein"))
    open_ones = [it for it in lines if it.controller == "mijndomein" and it.state != "CLOSED"]
    left = [(it.right, [task.kind for task in it.tasks if task.state != "MET"]) for it in open_ones]
    assert left == [("RECTIFICATION", ["RECTIFY"])], "the payment provider never corrects the name"


def test_the_log_alone_gives_the_same_tables(ledger: TestLedger) -> None:
    live = digests(ledger.dsn, "projection")

    found = rebuild(ledger.settings, workers=2)

    assert digests(ledger.dsn, "projection") == live
    assert found.findings.is_clean
