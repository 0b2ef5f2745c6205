"""`ledger differences` and `ledger policy diff` as commands: what they print, how they end, what they say without a ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledger.answers.wide_query import WideQuery
from ledger.cli.main import run
from ledger.policies.files import load_policy
from tests.histories import Event, project
from tests.hoster_histories import made, moment_of, shipped_policy
from tests.memory_answers import MemoryAnswers
from tests.memory_projection import MemoryProjection

HOSTER, ANNA = "hostinghuis", "7f3a9c21d4e8"


def day(days: int) -> int:
    return moment_of("2019-06-03T12:00", 0, days, 0)


def entry(number: int, days: int, subject: str = ANNA, **fields: object) -> Event:
    given = {
        "activity": "portal_session", "categories": ["pd:IPAddress", "ledger:SessionLog"], "purposes": ["dpv:EnforceSecurity"],
        "legal_basis": "eu-gdpr:A6-1-f", "store": "portal", "country": "NL", "ref": "session-1",
    } | fields  # fmt: skip
    return made("DataCollected", number, day(days), HOSTER, subject_ref=subject, **given)


def milestone(number: int, days: int, kind: str, ref: str, subject: str = ANNA) -> Event:
    return made("MilestoneReached", number, day(days), HOSTER, subject_ref=subject, kind=kind, ref=ref)


def history() -> list[Event]:
    """An entry whose login is told late, an account whose service has ended, and the time a year and a half later."""
    return [
        shipped_policy(HOSTER),
        made("TimeReached", 90, day(0), HOSTER, time=day(0), mode="SIMULATED"),
        entry(1, 2),
        milestone(2, 1, "LOGGED_IN", "session-1"),
        entry(
            3, 3, activity="account", categories=["pd:Name"], purposes=["dpv:AccountManagement"], legal_basis="eu-gdpr:A6-1-b", store="crm", ref=None,
        ),
        milestone(4, 3, "SERVICE_STARTED", "service-1"),
        milestone(5, 10, "SERVICE_ENDED", "service-1"),
        made("TimeReached", 91, day(550), HOSTER, time=day(550), mode="SIMULATED"),
        entry(6, 551, subject="customer-2", ref="session-9"),
    ]


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[Event]], MemoryProjection]:
    """Lets the commands ask a ledger in memory."""

    def use(log: Sequence[Event]) -> MemoryProjection:
        store = project(list(log))

        @contextmanager
        def asking(*_: object) -> Iterator[WideQuery]:
            yield WideQuery(MemoryAnswers(store))

        for command in ("ledger.cli.differences", "ledger.cli.asking"):
            monkeypatch.setattr(f"{command}.asking_widely", asking)
        return store

    return use


@pytest.fixture
def newer(tmp_path: Path) -> str:
    """The same statement a year stricter, from the same day on; session logs may be shared, and the portal's log needs no open session."""
    text = load_policy(HOSTER).text
    for right, wrong in (
        ('version: "2018-04-04"', 'version: "2"'), ("after: P2Y", "after: P1Y"),
        (
            "{id: HH-04, act: share, categories: [ledger:SessionLog, pd:AuthenticationHistory]}",
            "{id: HH-04, act: share, categories: [pd:AuthenticationHistory]}",
        ),
    ):  # fmt: skip
        assert right in text
        text = text.replace(right, wrong)
    lines = [line for line in text.splitlines() if "open_session" not in line]
    assert len(lines) == len(text.splitlines()) - 1
    file = tmp_path / "newer.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def test_differences_names_the_later_record_and_ends_with_1(
    ledger: Callable[[Sequence[Event]], MemoryProjection], capsys: pytest.CaptureFixture[str]
) -> None:
    ledger(history())
    assert run(["differences"]) == 1

    out = capsys.readouterr().out
    assert "6 facts about 2 people judged again: 0 verdicts would be found now, 1 would not" in out
    assert "HH-04" in out and "entry outside session" in out and "milestone reached" in out and "at 0:3" in out
    assert "SIMULATED ledger" in out.splitlines()[-2]
    assert max(map(len, out.splitlines())) <= 100

    assert run(["differences", "--json", "--controller", HOSTER, "--subject", ANNA]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["differences"][0]["because_of"][0]["event"]["offset"] == 3
    assert answer["counts"][0]["because_of"] == ["MilestoneReached"]


def test_without_differences_it_ends_with_0(ledger: Callable[[Sequence[Event]], MemoryProjection], capsys: pytest.CaptureFixture[str]) -> None:
    ledger(history())
    assert run(["differences", "--promise", "HH-15"]) == 0
    assert "0 verdicts would be found now, 0 would not" in capsys.readouterr().out
    assert run(["differences", "--subject", ANNA]) == 2


def test_diff_says_what_the_texts_and_the_ledger_would_say(
    ledger: Callable[[Sequence[Event]], MemoryProjection], newer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ledger(history())
    before = repr(store.tables())
    assert run(["policy", "diff", newer]) == 0

    out, err = capsys.readouterr()
    assert "published is hostinghuis-privacy 2018-04-04" in err
    assert "retention HH-15: changed\n    after: 1 year (was 2 years)" in out
    assert "prohibition HH-04: changed\n    categories: - ledger:SessionLog" in out
    assert "condition HH-04: removed" in out
    assert "looked at 2 people, 3 holdings, 6 facts" in out
    assert "earlier | HH-15    | HH-15     |        1 |      1 | 1" in out
    assert "obligations at once: 1 raised" in out
    assert "were 3 acts judged again" in out
    assert "HH-04   | entry outside session | not found |     1 |      1" in out
    assert "SIMULATED ledger" in out.splitlines()[-2]
    assert max(map(len, out.splitlines())) <= 100
    assert repr(store.tables()) == before


def test_diff_names_the_option_that_shows_what_it_left_out(
    ledger: Callable[[Sequence[Event]], MemoryProjection], newer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    about: dict[str, Any] = {"activity": "account", "categories": ["pd:Name"], "purposes": ["dpv:AccountManagement"], "legal_basis": "eu-gdpr:A6-1-b"}
    log = history()
    for number in range(10, 50, 10):
        log.append(entry(number, 3, f"customer-{number}", store="crm", ref=None, **about))
        log.append(milestone(number + 1, 3, "SERVICE_STARTED", "service-1", f"customer-{number}"))
        log.append(milestone(number + 2, 10, "SERVICE_ENDED", "service-1", f"customer-{number}"))
    ledger(log)

    ends = {}
    for options in ((), ("--list", "--limit", "1"), ("--list",)):
        assert run(["policy", "diff", newer, *options]) == 0
        ends[options] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("there is more")]

    assert ends == {
        (): ["there is more: ask with --list"], ("--list", "--limit", "1"): ["there is more: raise --limit"], ("--list",): [],
    }  # fmt: skip


def test_diff_as_json(ledger: Callable[[Sequence[Event]], MemoryProjection], newer: str, capsys: pytest.CaptureFixture[str]) -> None:
    ledger(history())
    assert run(["policy", "diff", HOSTER, newer, "--json", "--list", "--limit", "1"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["old"]["version"], found["new"]["version"], found["no_effect_because"]) == ("2018-04-04", "2", None)
    assert {"how": "changed", "part": "retention", "name": "HH-15", "fields": [{"field": "after", "old": "P2Y", "new": "P1Y"}]} in found["changes"]
    (changed,) = found["effect"]["changed_holdings"]
    assert (changed["kind"], changed["at_once"], changed["was_due_at"][:4], changed["would_be_due_at"][:4]) == ("EARLIER", True, "2021", "2020")
    assert found["effect"]["outcome_counts"] == [{"type": "ObligationRaised", "outcomes": 1}]
    assert [count["change"] for count in found["effect"]["verdict_counts"]] == ["GONE"]


def test_a_sample_says_that_it_is_one(
    ledger: Callable[[Sequence[Event]], MemoryProjection], newer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger(history())
    assert run(["policy", "diff", newer, "--sample", "1"]) == 0
    assert "A SAMPLE: the first 1 people by id, about" in capsys.readouterr().out

    assert run(["policy", "diff", newer, "--sample", "5", "--json"]) == 0
    effect = json.loads(capsys.readouterr().out)["effect"]
    assert (effect["is_sample"], effect["share"], effect["subjects"]) == (False, 1.0, 2)


def test_a_version_that_begins_later_judges_no_fact_of_before(
    ledger: Callable[[Sequence[Event]], MemoryProjection], newer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger(history())
    text = Path(newer).read_text().replace("in_force_from: 2018-04-04", "in_force_from: 2020-01-01")
    Path(newer).write_text(text)
    assert run(["policy", "diff", newer, "--json"]) == 0

    effect = json.loads(capsys.readouterr().out)["effect"]
    # The account was collected in 2019: its term stays that of the version of then (decision 8). The entry of 2020 is judged by the newer one.
    assert (effect["holding_counts"], effect["judged"]) == ([], 1)


def test_the_warnings_of_publish_come_before(
    ledger: Callable[[Sequence[Event]], MemoryProjection], newer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger(history())
    assert run(["policy", "diff", HOSTER]) == 0
    out, err = capsys.readouterr()
    assert "published already" in err and "both say the same" in out and "no holding would get another date" in out

    Path(newer).write_text(Path(newer).read_text().replace('version: "2"', 'version: "2018-04-04"'))
    assert run(["policy", "diff", newer]) == 0
    assert "publishing it would be refused" in capsys.readouterr().err


def test_without_a_ledger_two_texts_are_compared_and_one_is_not(
    monkeypatch: pytest.MonkeyPatch, newer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEDGER__HOME", str(tmp_path / "nowhere"))
    assert run(["policy", "diff", HOSTER, newer, "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["effect"] is None and "cannot find a ledger" in found["no_effect_because"] and "cannot find a ledger" in err

    assert run(["policy", "diff", newer]) == 2
    assert run(["policy", "diff", newer, "--text-only"]) == 2
    assert run(["policy", "diff", HOSTER, newer, "--published", HOSTER]) == 2
    assert run(["policy", "diff", HOSTER, newer, "--text-only"]) == 0
    assert "retention HH-15" in capsys.readouterr().out


def test_nothing_published_is_said(ledger: Callable[[Sequence[Event]], MemoryProjection], capsys: pytest.CaptureFixture[str]) -> None:
    ledger(history())
    assert run(["policy", "diff", "webhoster"]) == 2
    assert "nothing is for webhoster" in capsys.readouterr().err
    assert run(["policy", "diff", "webhoster", "--published", HOSTER]) == 0
    assert "hostinghuis-privacy 2018-04-04 -> webhoster-privacy" in capsys.readouterr().out


