"""`ledger schema`: data on stdout, talk on stderr, exit codes as everywhere."""

from __future__ import annotations

import json

import pytest

from ledger.cli.main import run
from ledger.contract import schema_lint, schema_store, vocabulary


def test_all_events_are_listed_with_id_version_and_topic(capsys):
    assert run(["schema", "show", "--json"]) == 0

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"name": "DataErased", "version": 2, "schema_id": 1018, "topic": "facts"} in rows
    assert len(rows) == len(schema_store.published())


def test_an_event_is_shown_with_the_meaning_of_its_fields(capsys):
    assert run(["schema", "show", "TimeReached"]) == 0

    shown = capsys.readouterr().out
    assert shown.startswith("TimeReached v1, schema id 2008, topic register\n")
    assert "mode: one of UNKNOWN, REAL, SIMULATED\n    REAL follows the clocks" in shown


def test_an_older_version_is_shown_when_asked_for(capsys):
    assert run(["schema", "show", "DataErased", "--version", "1", "--json"]) == 0

    assert "certificate_ref" not in capsys.readouterr().out


def test_the_example_is_a_line_that_can_be_emitted(capsys):
    assert run(["schema", "show", "DataShared", "--example"]) == 0

    assert json.loads(capsys.readouterr().out) == schema_store.example("DataShared")


def test_an_unknown_event_is_misuse(capsys):
    assert run(["schema", "show", "DataLeaked"]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "ledger: error: cannot find an event type" in captured.err
    assert "DataLeaked" not in captured.err


@pytest.mark.parametrize("command", ["lint", "check"])
def test_good_schemas_end_with_zero(command, capsys):
    assert run(["schema", command]) == 0

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"ledger: {len(schema_store.published())} schemas")


def test_a_finding_of_the_linter_ends_with_one(monkeypatch, capsys):
    finding = schema_lint.Finding("DataShared.by", "a doc is missing")
    monkeypatch.setattr(schema_lint, "lint_published", lambda: {"data_shared/v1.avsc": [finding]})

    assert run(["schema", "lint", "--json"]) == 1

    captured = capsys.readouterr()
    expected = {"file": "data_shared/v1.avsc", "place": "DataShared.by", "rule": "a doc is missing"}
    assert json.loads(captured.out) == expected
    assert captured.err == "ledger: error: 1 finding in the schemas\n"


def test_a_changed_file_ends_the_check_with_one(monkeypatch, capsys):
    monkeypatch.setattr(schema_store, "fingerprint", lambda row: "0" * 64)

    assert run(["schema", "check"]) == 1

    assert "data_shared/v1.avsc: a published file is frozen" in capsys.readouterr().out


def test_the_docs_are_printed(capsys):
    assert run(["schema", "docs"]) == 0

    assert capsys.readouterr().out.startswith("# Events\n")


def test_a_code_list_is_shown_with_what_each_term_means(capsys):
    assert run(["schema", "terms", "recipient_roles"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == len(vocabulary.terms("recipient_roles"))
    assert any(line.split("  ", 1)[0] == "registry" and line.endswith("runs a domain extension") for line in shown)

    assert run(["schema", "terms", "--json"]) == 0
    assert [json.loads(line)["list"] for line in capsys.readouterr().out.splitlines()] == list(vocabulary.KINDS)

    assert run(["schema", "terms", "colours"]) == 2
    assert "expected one of categories, purposes" in capsys.readouterr().err
