"""`ledger policy explain` and `ledger policy coverage`: what they print, how they end, and that the package alone is enough."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.main import run
from ledger.policies.coverage import coverage
from ledger.policies.files import load_policy
from tests.coverage import told


def lines(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_explain_works_out_the_moment_in_legal_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "hostinghuis", "--activity", "account", "--when", "SERVICE_ENDED=2020-06-30", "--json"]) == 0

    (found,) = lines(capsys)
    (holding,) = found["holdings"]
    assert {part["about"] for part in holding["parts"]} == {"declared", "term", "request", "acts", "duties", "remarks", "worked_out"}
    assert [(due["rule"], due["due_at"], due["overdue_at"], due["waits_for"]) for due in holding["worked_out"]] == [
        ("HH-15", "2022-06-30T00:00:00+02:00", "2022-07-07T00:00:00+02:00", [])
    ]


def test_explain_reads_days_times_offsets_and_the_refs_of_milestones(capsys: pytest.CaptureFixture[str]) -> None:
    of_two = ["--when", "SERVICE_STARTED:b=2019-01-01", "--when", "SERVICE_ENDED:a=2019-02-01T10:00"]
    assert run(["policy", "explain", "hostinghuis", "--activity", "account", *of_two, "--json"]) == 0
    assert run(["policy", "explain", "hostinghuis", "--activity", "account", *of_two, "--when", "SERVICE_ENDED:b=2019-03-01T10:00Z", "--json"]) == 0
    assert run(["policy", "explain", "webhoster", "--activity", "visitor_traffic", "--from", "2019-02-01T10:00", "--json"]) == 0

    waits, runs, logs = ([due["due_at"] for due in found["holdings"][0]["worked_out"]] for found in lines(capsys))
    assert (waits, runs, logs) == ([None], ["2021-03-01T11:00:00+01:00"], ["2021-02-01T10:00:00+01:00"])


def test_explain_speaks_dutch_in_lines_of_at_most_a_hundred(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "sohosted", "--activity", "portal_actions", "--lang", "nl"]) == 0

    out = capsys.readouterr().out
    assert "De termijn duurt 2 jaar en daarna nog 7 jaar" in " ".join(out.split())
    assert "Privacy Policy Sohosted Webhosting B.V.\nsohosted: sohosted-privacy 2018-05-25, van kracht vanaf 25 mei 2018\n" in out
    assert max(map(len, out.splitlines())) <= 100


def test_explain_without_a_holding_goes_through_the_whole_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "smallhold"]) == 0

    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("server_logs:")] == ["server_logs: Logs of connections with the servers"]
    assert "\nregistry: registry\n" in out
    assert out.count("What is forbidden, and what is needed") == 1, "what is so for all data is said once"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--activity", "account", "--role", "registry"], "expected --activity or --role, got both"),
        (["--when", "SERVICE_ENDED=2020-06-30"], "expected --activity or --role, got neither"),
        (["--activity", "acount"], "the policy declares no such activity"),
        (["--activity", "account", "--when", "SERVICE_STOPPED=2020-06-30"], "cannot read --when: expected KIND=TIME"),
        (["--activity", "account", "--when", "SERVICE_ENDED=yesterday"], "cannot read --when: expected a day or a time"),
        (["--activity", "account", "--category", "pd:Emailadress"], "--category expects a term of the code list categories"),
        (["--role", "registrie"], "--role expects a term of the code list recipient_roles"),
    ],
)
def test_explain_refuses_what_it_cannot_answer(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "hostinghuis", *options]) == 2
    assert message in capsys.readouterr().err


def test_explain_of_a_controller_that_is_no_file_names_the_way_to_what_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "explain", "bakery"]) == 2
    assert "ledger policy explain --published bakery" in capsys.readouterr().err


def test_coverage_lists_all_promises_with_rules_and_tests(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "coverage", "--json"]) == 0

    rows = lines(capsys)
    assert len(rows) == 94
    found = {row["id"]: row for row in rows}
    assert found["HH-15"]["controller"] == "hostinghuis" and found["X-05"]["controller"] is None
    assert {"section": "retention", "judges": True} | {"rule": found["HH-15"]["rules"][-1]["rule"]} in found["HH-15"]["rules"]
    assert set(found["HH-15"]["proven"]) == {"kept", "broken"}
    assert set(found["HH-15"]["proven"]["kept"]) <= set(told())


def test_coverage_of_any_file_says_what_it_says_of_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = load_policy("smallhold").text
    (tmp_path / "mine.yaml").write_text(shipped.replace("  SH-10:\n    status: checked\n", "  SH-10:\n    status: silent\n").split("\nduties:")[0])

    assert run(["policy", "coverage", str(tmp_path / "mine.yaml"), "--json"]) == 0
    rows = {row["id"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (rows["SH-02"]["status"], rows["SH-02"]["today"], rows["SH-02"]["proven"]) == ([], "no status", {})
    assert {"section": "prohibitions", "rule": "collect share use consult", "judges": True} in rows["SH-02"]["rules"]

    assert run(["policy", "check", str(tmp_path / "mine.yaml")]) == 0
    assert "SH-02: named by a rule, and promises says no status of it" in capsys.readouterr().err
    assert run(["policy", "coverage", "smallhold"]) == 0
    assert "proven by" not in capsys.readouterr().out


def test_coverage_can_be_narrowed_and_says_how_much_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "coverage", "--controller", "smallhold", "--status", "silent", "--json"]) == 0

    out, err = capsys.readouterr()
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["SH-08", "SH-11"]
    assert "2 of 94 promises" in err


def test_coverage_prints_what_each_test_proves_in_a_hundred_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "coverage", "--controller", "law", "--tests"]) == 0

    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 100
    assert "X-07" in out and "is witnessed by the" in out and "key that is gone" in out


@pytest.mark.parametrize(
    ("options", "hint"), [(["--controller", "bakery"], "or one of hostinghuis"), (["--status", "fine"], "one of checked, by law")]
)
def test_coverage_of_what_is_unknown_is_misuse(options: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "coverage", *options]) == 2
    assert hint in capsys.readouterr().err


def test_what_stands_for_the_law_is_said_in_the_words_of_the_table() -> None:
    rules = {row.id: [rule.name for rule in row.rules if rule.section == "law"] for row in coverage()}

    assert rules["X-05"] == ["for both, chased until each answers"]
    assert rules["HH-15"] == []
