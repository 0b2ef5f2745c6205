"""Every register and document: names, media types, manifests, files whole or not at all; never more than the answer, never a person in a name."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import stat
import subprocess
import sys
import uuid
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ledger.answers.asking import AsOf
from ledger.answers.query import Query
from ledger.contract.json_form import instant_to_text
from ledger.core.calendar import day_of, start_of_day
from ledger.errors import CallerError, DataError, OperatorError
from ledger.exporting.asked import Parameters
from ledger.exporting.columns import codes
from ledger.exporting.exporting import FORMS, formats, make
from ledger.exporting.manifest import FORMAT
from ledger.exporting.registers import REGISTERS
from ledger.exporting.writing import check, manifest_of, write_export
from ledger.legal_time import DUTCH_TIME
from tests.everything import everything
from tests.exported import CONTROLLER, OF_A_PERSON, PERSON, asked, exported, parameters_of
from tests.histories import project
from tests.memory_answers import MemoryAnswers

EVERY = [(name, form) for name, forms in formats().items() for form in forms]
ROOT = Path(__file__).resolve().parents[2]


def as_rows(form: str, data: bytes) -> list[dict[str, Any]]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    if form == "ndjson":
        return [json.loads(line) for line in data.decode().splitlines()]
    found: list[dict[str, Any]] = pq.read_table(pa.BufferReader(data)).to_pylist()
    return found


@pytest.mark.parametrize(("name", "form"), EVERY)
def test_everything_can_be_made_in_each_of_its_formats_with_a_manifest_that_fits(name: str, form: str) -> None:
    export, data = exported(asked(), name, form)
    said = export.manifest()

    (file,) = said["files"]
    assert (file["name"], file["bytes"], file["sha256"]) == (export.name, len(data), sha256(data).hexdigest())
    assert (said["manifest"], said["register"], said["format"], said["ledger"]) == (FORMAT, name, form, "simulated")
    assert said["freshness"]["partitions"][0]["next_offset"] > 50 and said["freshness"]["time_reached"].startswith("2021-03-01")
    assert said["asked"]["controller"] == CONTROLLER and said["asked"]["subject_ref"] == (PERSON if name in OF_A_PERSON else None)
    assert said["schema_ids"] and all(ids for ids in said["schema_ids"].values())
    assert said["release"].startswith("privacy-ledger ")
    assert max(file["counts"].values()) > 0 or name in ("consents", "processor-statement"), "the ledger of the test has something to tell"
    assert PERSON not in export.name.split("-") and export.name.startswith(f"{name}-{CONTROLLER}.")


@pytest.mark.parametrize("register", [each.name for each in REGISTERS])
def test_a_register_says_the_same_in_every_format(register: str) -> None:
    columns = next(each.columns for each in REGISTERS if each.name == register)
    query = asked()
    by_form = {form: as_rows(form, exported(query, register, form)[1]) for form in FORMS}

    assert len({len(rows) for rows in by_form.values()}) == 1
    for one, other, cell in zip(by_form["ndjson"], by_form["parquet"], by_form["csv"], strict=True):
        assert list(one) == list(other) == list(cell) == [column.name for column in columns]
        for column in columns:
            value = one[column.name]
            if column.kind == "instant" and value is not None:
                assert other[column.name].isoformat(timespec="microseconds").replace("+00:00", "Z") == value
            else:
                assert other[column.name] == value, column
            text = "" if value is None else "; ".join(value) if column.kind == "list" else str(value)
            assert cell[column.name].removeprefix("'") == (text.lower() if column.kind == "flag" else text)


def test_no_register_of_everybody_says_more_than_the_answer() -> None:
    query = asked()
    rows = {name: as_rows("ndjson", exported(query, name, "ndjson")[1]) for name in [each.name for each in REGISTERS]}

    people = [query.subject(CONTROLLER, name) for name in ("s1", "s2", "s3")]
    held = [(one, each, sorted(held.category.term for held in each.categories)) for one in people for each in one.holdings]
    said = [(each["subject_ref"], each["holder"], each["purpose"], each["ref"] or "", each["categories"]) for each in rows["holdings"]]
    assert sorted(said) == sorted((one.subject_ref, each.holder, each.purpose.term, each.ref or "", names) for one, each, names in held)
    duties = query.obligations(("OPEN", "OVERDUE", "MET", "CANCELLED"), limit=1000).obligations
    assert sorted(each["obligation_id"] for each in rows["obligations"]) == sorted(str(uuid.UUID(bytes=each.obligation_id)) for each in duties)
    assert len(rows["violations"]) == len(query.violations(limit=1000).violations) == sum(each.violations for each in query.violations().counts)
    assert sorted(r["disclosure_ref"] or "" for r in rows["disclosures"]) == ["", "disclosure-1", "disclosure-2"]
    assert {r["agreement_state"] for r in rows["recipients"]} == {each.agreement.state for each in query.recipients().recipients}
    assert [(r["recipient"], r["purpose"], r["categories"], r["erased"]) for r in rows["recipients"] if r["purpose"]] == [
        (each.recipient, one.purpose.term, list(codes(one.categories)), list(codes(one.erased)))
        for each in query.recipients().recipients
        for one in each.gets
    ]
    outside = query.transfers()
    assert [(r["holder"], r["country"], r["safeguard_state"], r["is_lawful"], r["categories"]) for r in rows["transfers"]] == [
        (each.holder, each.country, each.safeguard.state, each.safeguard.is_lawful, list(codes(each.categories)))
        for each in (*outside.transfers, *outside.unplaced)
    ]
    (breach,) = query.breaches().breaches
    assert [(r["affected"], r["told"], r["still_due"], r["notice"]) for r in rows["breaches"]] == [
        (breach.affected, breach.told, breach.still_due, breach.notice)
    ]
    assert [(r["activity"], r["reason"], r["holdings"]) for r in rows["retention-gaps"]] == [
        (each.activity, each.reason, each.holdings) for each in query.retention().gaps
    ]
    assert [(r["subject_ref"], r["kind"], r["state"]) for r in rows["due"]] == [(e.subject_ref, e.kind, e.state) for e in query.due(limit=1000).lines]
    assert [(r["rule"], r["number"]) for r in rows["retention-overruns"]] == [(each.rule, each.number) for each in query.retention().overruns]
    assert [(r["request_ref"], r["state"], r["tasks_open"] + r["tasks_done"]) for r in rows["requests"]] == [
        (each.request_ref, each.state, len(each.tasks)) for each in query.requests().requests
    ]
    assert [(r["rule"], r["holdings"]) for r in rows["retention"]] == [(each.rule, each.holdings) for each in query.retention().schedule]
    assert not exported(query, "holdings", "ndjson", Parameters("another"))[1]


def test_a_register_rests_on_every_kind_of_event_that_its_lines_name() -> None:
    """The schema ids of the manifest are those of the facts behind it, and more: of what was found not to be there."""
    log, query = everything().log, asked()
    for register in REGISTERS:
        rows = as_rows("ndjson", exported(query, register.name, "ndjson")[1])
        named = {place for row in rows for column in ("rests_on", "shared") for place in row.get(column, ())}
        found = {log[int(place.partition("@")[2])][0] for place in named}
        assert found <= set(register.rests_on), register.name


def test_a_manifest_says_of_which_moment_the_answer_is() -> None:
    query = Query(MemoryAnswers(project(everything().log)), as_of=AsOf(on=1_577_836_799_999_999, known_at="0:61"))
    said = exported(query, "recipients", "csv")[0].manifest()

    assert (said["asked"]["on"], said["asked"]["known_at"]) == ("2019-12-31T23:59:59.999999Z", "0:61")
    assert exported(asked(), "recipients", "csv")[0].manifest()["asked"]["on"] is None


def test_what_cannot_be_made_is_said_with_a_remedy() -> None:
    query = asked()
    for name, form, parameters, words in (
        ("recipient", "csv", Parameters(), "expected one of access,"),
        ("recipients", "xlsx", Parameters(), "expected a format of csv,"),
        ("access", "json", Parameters(subject_ref="s1"), "expected --controller"),
        ("access", "json", Parameters(CONTROLLER), "expected --subject"),
        ("recipients", "csv", Parameters(CONTROLLER, "s1"), "of one person"),
        ("recipients", "csv", Parameters(days=7), "expected no --days"),
        ("due", "csv", Parameters(days=-1), "expected days from 0"),
        ("due", "csv", Parameters(days=36_601), "expected days from 0"),
    ):
        with pytest.raises(CallerError, match=words) as error:
            make(query, name, parameters, form)
        assert error.value.hint


def test_a_stream_is_read_once_and_has_no_manifest_before_its_end() -> None:
    export = make(asked(), "holdings", Parameters(), "csv")
    with pytest.raises(CallerError, match="read to its end"):
        export.manifest()
    assert export.name == "holdings-all.csv"
    b"".join(export.chunks())
    with pytest.raises(CallerError, match="twice"):
        next(export.chunks())


@pytest.mark.parametrize("name", ["requests", "disclosures", "due"])
def test_a_list_that_is_longer_than_a_page_is_exported_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, at_once = exported(asked(), name, "ndjson")
    monkeypatch.setattr("ledger.exporting.registers.PAGE_ROWS", 1)
    export, data = exported(asked(), name, "ndjson")

    assert sorted(data.splitlines()) == sorted(at_once.splitlines())
    assert export.rows == len(at_once.splitlines()) > (name == "requests")


def test_what_comes_due_is_of_as_many_days_as_are_asked() -> None:
    query = asked()
    reached = query.freshness().time_reached
    found = {}
    for days in (None, 0, 30, 366, 3_660):
        export, data = exported(query, "due", "ndjson", Parameters(CONTROLLER, days=days))
        found[days] = [(each["subject_ref"], each["due_at"]) for each in as_rows("ndjson", data)]
        until = None if days is None else start_of_day(day_of(reached, DUTCH_TIME) + timedelta(days=days + 1), DUTCH_TIME) - 1
        lines = query.due(until, CONTROLLER, 1000).lines
        assert found[days] == [(each.subject_ref, instant_to_text(each.due_at)) for each in lines]
        assert export.manifest()["asked"]["days"] == days

    assert found[None] == found[30] and len({len(each) for each in found.values()}) == 2, "more days, more that comes due"
    assert exported(query, "holdings", "csv")[0].manifest()["asked"]["days"] is None


# -- on the disk


def write(folder: Path, name: str = "recipients", form: str = "csv", **wishes: Any) -> Path:
    return write_export(make(asked(), name, parameters_of(name), form), folder, **wishes).file


def test_a_file_stands_beside_its_manifest_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    told: list[int] = []
    file = write(tmp_path / "new" / "folder", progress=told.append)

    assert check(file) == check(manifest_of(file)) == []
    assert sorted(each.name for each in file.parent.iterdir()) == ["recipients-mijndomein.csv", "recipients-mijndomein.csv.manifest.json"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()} == {0o600}
    assert told[-1] == json.loads(manifest_of(file).read_text())["files"][0]["counts"]["rows"]


def test_a_file_that_was_changed_or_has_another_manifest_is_found(tmp_path: Path) -> None:
    file = write(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"mailer", b"nailer"))
    assert check(file) == ["the SHA-256 of the file is not the one in the manifest"]
    file.write_bytes(whole[:-1])
    assert len(check(file)) == 2
    file.write_bytes(whole)
    assert check(file) == []

    other = file.rename(tmp_path / "other.csv")
    manifest_of(file).rename(manifest_of(other))
    assert check(other) == ["the manifest is of a file with another name"]
    manifest_of(other).write_text("{}")
    with pytest.raises(DataError, match="cannot read the manifest"):
        check(other)
    manifest_of(other).unlink()
    assert "there is no manifest" in check(other)[0]
    with pytest.raises(CallerError, match="expected a file"):
        check(tmp_path / "nothing")


def test_nothing_is_written_over_unless_that_is_asked(tmp_path: Path) -> None:
    file = write(tmp_path)
    file.write_text("mine")
    with pytest.raises(CallerError, match="cannot write recipients-mijndomein"):
        write(tmp_path)
    assert file.read_text() == "mine"
    assert check(write(tmp_path, force=True)) == []


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}

    def broken(_: Query) -> None:
        raise OperatorError("gone")

    monkeypatch.setattr(Query, "recipients", lambda *_: broken(_[0]))
    with pytest.raises(OperatorError, match="gone"):
        write(tmp_path, force=True)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
    assert check(file) == []


def test_a_folder_where_nobody_may_write_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="cannot write the export"):
        write(tmp_path / "file")


KILLED = """
import sys
import uuid
from pathlib import Path
from ledger import failpoints
from tests.unit.test_exports import write
failpoints.arm(sys.argv[2])
write(Path(sys.argv[1]), force=True)
"""


def killed(folder: Path, place: str) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), f"{place}:1"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_who_is_killed_before_the_file_has_its_name_leaves_what_was_there(tmp_path: Path) -> None:
    file = write(tmp_path)
    killed(tmp_path, "export_before_rename")

    assert check(file) == []
    assert len([each for each in tmp_path.iterdir() if each.name.startswith(".")]) == 1, "a hidden file at most"


def test_who_is_killed_between_a_file_and_its_manifest_leaves_a_file_that_no_manifest_speaks_for(tmp_path: Path) -> None:
    file = write(tmp_path, "recipients")
    killed(tmp_path, "export_before_manifest")

    assert file.exists() and not manifest_of(file).exists()
    assert "the export was cut off" in check(file)[0]
    assert check(write(tmp_path, force=True)) == []
