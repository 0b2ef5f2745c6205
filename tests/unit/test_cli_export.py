"""`ledger export` as a command: what it writes and prints, how it ends, and that it names no person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.answers.query import Query
from ledger.cli import export
from ledger.cli.main import run
from ledger.exporting.exporting import formats
from ledger.exporting.registers import REGISTERS
from tests.exported import CONTROLLER, PERSON, asked


@pytest.fixture(autouse=True)
def ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the command ask a ledger in memory; what it was asked for stands in `moments`."""

    @contextmanager
    def asking(on: str | None, known_at: list[str] | None, *, person: tuple[str, str] | None = None) -> Iterator[Query]:
        moments.append((on, known_at, person))
        yield asked()

    moments.clear()
    monkeypatch.setenv("LEDGER__KAFKA__BOOTSTRAP_SERVERS", "nowhere:1")
    monkeypatch.setattr("ledger.cli.export.asking", asking)


moments: list[tuple[str | None, list[str] | None, tuple[str, str] | None]] = []


def test_it_names_all_that_there_is_in_the_words_of_the_registers() -> None:
    named = export.ALL | export.OF_A_CONTROLLER | export.OF_A_PERSON

    assert set(named) == set(formats())
    assert {each.name for each in REGISTERS if "subject_ref" in each.needs} <= set(export.OF_A_PERSON)
    assert {each.name for each in REGISTERS if not each.needs} == set(export.ALL)


def test_a_register_has_the_names_of_its_codes_where_they_are_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", "recipients", "--controller", CONTROLLER, "--labels", "--out", str(tmp_path)]

    assert run([*words, "--format", "csv", "--language", "en"]) == 0
    file = tmp_path / f"recipients-{CONTROLLER}.en.csv"
    assert "role,role_label," in file.read_text() and run(["export", "check", str(file)]) == 0
    assert run([*words, "--format", "parquet"]) == 2
    assert "expected a register as csv, got parquet" in capsys.readouterr().err


def test_as_json_it_says_what_the_file_is_and_where_both_stand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "recipients", "--controller", CONTROLLER, "--out", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    where = [Path(said.pop(name)) for name in ("file", "manifest_file")]

    assert json.loads(where[1].read_text()) == said
    assert where == [tmp_path / said["files"][0]["name"], tmp_path / f"{said['files'][0]['name']}.manifest.json"]


def test_a_register_is_written_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", "recipients", "--controller", CONTROLLER, "--format", "csv", "--out", str(tmp_path)]
    assert run([*words, "--on", "2021-01-01", "--known-at", "0:9"]) == 0
    file = tmp_path / f"recipients-{CONTROLLER}.csv"
    assert moments == [("2021-01-01", ["0:9"], None)]
    assert f"{file}: 6 rows" in capsys.readouterr().out

    assert run(["export", "check", str(file)]) == 0
    file.write_bytes(file.read_bytes() + b"=more\r\n")
    assert run(["export", "check", str(file), "--json"]) == 1
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{"):])["same"] is False

    assert run(words) == 2
    assert "--force" in capsys.readouterr().err
    assert run([*words, "--force", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["file"], said["register"]) == (str(file), "recipients")


def test_of_a_person_the_reference_is_in_no_name_and_in_nothing_that_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in export.OF_A_PERSON:
        for form in formats()[name]:
            assert run(["export", name, PERSON, "-c", CONTROLLER, "--format", form, "--out", str(tmp_path)]) == 0, (name, form)
    printed = capsys.readouterr()

    assert {moment[2] for moment in moments} == {(CONTROLLER, PERSON)}
    assert PERSON not in (printed.out + printed.err).replace(str(tmp_path), "")
    assert not any(PERSON in each.name.split(".")[0].split("-") for each in tmp_path.iterdir())


def test_of_nobody_it_ends_with_1(tmp_path: Path) -> None:
    assert run(["export", "access", "nobody", "-c", CONTROLLER, "--format", "json", "--out", str(tmp_path)]) == 1
    assert json.loads((tmp_path / f"access-{CONTROLLER}.json").read_text())["known"] is False


def test_misuse_ends_with_2_and_a_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "holdings", "--format", "xlsx", "--out", str(tmp_path)]) == 2
    assert run(["export", "holdings", "--language", "fr", "--out", str(tmp_path)]) == 2
    assert run(["export", "nothing"]) == 2
    assert capsys.readouterr().err.count("hint:") == 3
    assert list(tmp_path.iterdir()) == []


def test_list_names_each_with_its_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "list", "--json"]) == 0
    assert {each["name"]: tuple(each["formats"]) for each in json.loads(capsys.readouterr().out)} == formats()
    assert run(["export", "list"]) == 0
    assert "retention-gaps" in capsys.readouterr().out
