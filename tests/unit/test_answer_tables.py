"""Tables of answers: no name and no date is broken while the columns have room for the words."""

from __future__ import annotations

import re

import pytest

from ledger.answers.presentation import term, terms
from ledger.answers.query import Query
from ledger.answers.shapes import Freshness
from ledger.answers.shapes_lists import HolderAnswer, HoldersAnswer
from ledger.cli.answer_tables import show_due, show_holders, show_subject
from ledger.cli.tables import COLUMNS
from tests.histories import CONTROLLER, Event, collected, fact, policy, project, rule, tick
from tests.memory_answers import MemoryAnswers

DAY = 86_400_000_000
HOLDER = HolderAnswer(
    holder="hostinghuis", role=None, subjects=12_345, holdings=123_456,
    categories=terms("categories", ("pd:EmailAddress", "pd:Name", "pd:PhysicalAddress", "pd:BankAccount", "ledger:SessionLog")),
    countries=("NL", "US"), oldest_since=17_898 * DAY, next_due=19_173 * DAY, open=12, overdue=3,
)  # fmt: skip
AUTHORITY = HolderAnswer(
    holder="certificates-of-the-world", role=term("recipient_roles", "certificate_authority"), subjects=1, holdings=2,
    categories=terms("categories", ("pd:Name",)), countries=(), oldest_since=17_898 * DAY, next_due=None, open=0, overdue=0,
)  # fmt: skip


def printed(capsys: pytest.CaptureFixture[str], *holders: HolderAnswer) -> str:
    show_holders(HoldersAnswer(controller=None, holders=holders, freshness=Freshness(simulated=True, time_reached=0, lag=0, partitions=())))
    return capsys.readouterr().out


@pytest.mark.parametrize("holders", [(HOLDER,), (AUTHORITY,), (HOLDER, AUTHORITY)])
def test_names_and_dates_stay_whole_in_100_columns(holders: tuple[HolderAnswer, ...], capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, *holders)
    words = set(text.split())

    assert {each.holder for each in holders} <= words
    assert {"2019-01-02", "holdings", "people"} <= words
    assert ("2022-06-30" in words) == (HOLDER in holders)
    assert max(map(len, text.splitlines())) <= COLUMNS


def test_where_not_even_the_words_fit_nothing_is_lost(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.cli.tables.COLUMNS", 60)

    cells = [line.split("|")[0].strip() for line in printed(capsys, AUTHORITY).splitlines()]

    assert "certificates-of-the-world(certificateauthority)" in re.sub(r"\s", "", "".join(cells))


def test_an_obligation_raised_under_an_earlier_text_is_shown_beside_the_date_of_the_text_that_counts_now(capsys: pytest.CaptureFixture[str]) -> None:
    start = tick(2000, 0)
    published, again = (policy(number, 0, [rule("KEEP", days)]) for number, days in ((1001, 10), (1002, 5)))
    log = [start, published, collected(1, 1), tick(2001, 12)]

    def shown(*events: Event) -> str:
        show_subject(Query(MemoryAnswers(project([*log, *events]))).subject(CONTROLLER, "s1"))
        return " ".join(re.sub(r"[|\n]", " ", capsys.readouterr().out).split())

    assert "but called for" not in shown()
    assert "2018-06-12" in shown()
    assert re.search(r"but called .*due .*2018-06-12", shown(again))
    assert "2018-06-07" in shown(again)


def test_a_holding_that_a_request_calls_for_says_what_was_asked_and_when_it_is_late(capsys: pytest.CaptureFixture[str]) -> None:
    asked = fact("RequestReceived", 3, 5, right="ERASURE", request_ref="req-1")
    some = fact("RequestReceived", 3, 5, right="ERASURE", request_ref="req-1", categories=["pd:Name"])
    held = collected(1, 1, categories=["pd:Name", "pd:EmailAddress"])
    log = [policy(1001, 0, [rule("R", 10, ["SERVICE_ENDED"])]), held, collected(2, 1, store="billing")]

    def shown(*events: Event) -> list[str]:
        show_subject(Query(MemoryAnswers(project([*log, *events]))).subject(CONTROLLER, "s1"))
        rows = re.split(r"\n-+[-+]*\n", capsys.readouterr().out.partition("obligations")[0])
        return [" ".join(" ".join(line.split("|")[3].strip() for line in row.splitlines() if line.count("|") == 4).split()) for row in rows]

    assert not [cell for cell in shown() if "asked" in cell]
    whole = [cell for cell in shown(asked) if "asked" in cell]
    assert len(whole) == 2
    assert all(cell.endswith("but asked for: erase all, due 2018-06-06, late from 2018-07-06 02:00, request req-1") for cell in whole)
    assert "erase name, due 2018-06-06" in " ".join(shown(some))
    assert "late since 2018-07-06" in " ".join(shown(asked, tick(2001, 80)))


def test_before_the_first_tick_there_is_no_time(capsys: pytest.CaptureFixture[str]) -> None:
    query = Query(MemoryAnswers(project([collected(1, 0)])))

    answer = query.due()
    assert (answer.until, answer.lines) == (None, ())
    show_due(answer)
    show_due(query.due(17_898 * DAY))
    show_subject(query.subject(CONTROLLER, "s1", on=17_898 * DAY))

    said = capsys.readouterr().out
    assert "nothing can come due yet: no time has come on this ledger" in said
    assert "due until 2019-01-02" in said
    assert "no time had come on the ledger" in said
    assert "1970" not in said


def test_every_answer_says_in_which_zone_its_times_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, HOLDER).rstrip().endswith("times in Europe/Amsterdam")
