"""Packs: made from an archive and the answers, checked by `ledger-verify` alone; every change of every file is found."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger.answers.erasures import Asked
from ledger.answers.query import Query
from ledger.auditing.sealed_archive import SealedArchive
from ledger.contract import codec
from ledger.errors import DataError, RefusedError
from ledger.evidence.entries import Record
from ledger.packing.archive_part import Bound
from ledger.packing.folder import PackFolder, pack_folder
from ledger.packing.index_page import Page, index_page
from ledger.packing.packing import Packed, Queries, Wanted, pack
from ledger.packing.statements import safe
from ledger.verify.__main__ import main as verify
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story
from tests.sealing_world import KEY, World

VKEY = KEY.verifier.text()


def story() -> Story:
    told = Story("mijndomein").on("2019-01-07").collects("newsletter", "pd:EmailAddress", purposes=["ledger:Newsletter"])
    told.on("2019-02-01").asks("ERASURE", identity_check="DONE").on("2019-02-05").erases("pd:EmailAddress").answers("FULFILLED")
    return told.clock("2019-02-09")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three rounds; a policy on the register in the first."""
    made = World(tmp_path / "archive")
    (policy,) = [(kind, fields) for kind, fields in story().log if kind == "PolicyPublished"]
    made.broker["register", 0] = [Record(0, 1_790_000_000_000, 1, b"mijndomein", codec.encode(*policy), ())]
    made.add("facts", 0, 300)
    made.seal()
    made.add("facts", 0, 400)
    made.add("facts", 1, 20)
    made.seal()
    made.add("facts", 0, 3)
    made.seal()
    return made


def no_certificate(_: Asked) -> Any:
    raise DataError("cannot prove: it is not sealed yet")


def packed(world: World, output: Path, wanted: Wanted = Wanted()) -> Packed:  # noqa: B008
    query = Query(MemoryAnswers(project(story().log)))
    with pack_folder(output) as folder:
        return pack(folder, world.archive, SealedArchive(world.archive), Queries(query, query), no_certificate, wanted, lambda _: None)


def checked(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, set[str]]:
    code = verify(["pack", str(folder), "--key", VKEY, "--json", *words])
    return code, {json.loads(line).get("reason", "") for line in capsys.readouterr().out.splitlines()} - {""}


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_whole_pack_is_verified(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = packed(world, tmp_path / "pack")

    assert checked(tmp_path / "pack", capsys) == (0, set())
    assert (done.statements, done.registers, done.certificates, done.waiting) == (1, 12, 0, 1)
    assert done.files == len(files(tmp_path / "pack"))
    manifest = (tmp_path / "pack/MANIFEST.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == done.manifest_sha256
    assert [each for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_it_is_verified_with_nothing_of_ours_but_the_verifier(world: World, tmp_path: Path) -> None:
    packed(world, tmp_path / "pack")
    alone = tmp_path / "alone/ledger"
    alone.mkdir(parents=True)
    (alone / "__init__.py").write_text("")
    shutil.copytree(Path(__file__).resolve().parents[2] / "ledger/verify", alone / "verify")

    words = [sys.executable, "-m", "ledger.verify", "pack", str(tmp_path / "pack"), "--key", VKEY]
    done = subprocess.run(words, cwd=tmp_path / "alone", env={"PYTHONPATH": str(tmp_path / "alone")}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("VERIFIED")
    assert "1 bundles are in this pack, each checked" in done.stdout


def test_one_byte_in_each_file_is_found(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed(world, tmp_path / "pack")

    passed = []
    for path in files(tmp_path / "pack"):
        whole = path.read_bytes()
        place = len(whole) // 2
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        if checked(tmp_path / "pack", capsys)[0] != 1:
            passed.append(path.name)
        path.write_bytes(whole)
    assert passed == []
    assert checked(tmp_path / "pack", capsys) == (0, set())


def test_a_file_less_a_file_more_and_a_link_are_found(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pack"
    packed(world, folder)

    (folder / "note.txt").write_text("more")
    assert checked(folder, capsys) == (1, {"pack-changed"})
    (folder / "note.txt").unlink()
    page = (folder / "index.html").read_bytes()
    (folder / "index.html").unlink()
    assert checked(folder, capsys) == (1, {"pack-changed"})
    (tmp_path / "elsewhere").write_bytes(page)
    (folder / "index.html").symlink_to(tmp_path / "elsewhere")
    assert checked(folder, capsys) == (1, {"pack-changed"})
    (folder / "index.html").unlink()
    (folder / "index.html").write_bytes(page)
    assert checked(folder, capsys) == (0, set())


def manifest_again(folder: Path, change: Any) -> None:
    """What somebody does who changes a file and lets the manifest fit."""
    said = json.loads((folder / "MANIFEST.json").read_text())
    change(said)
    for each in said["files"]:
        if (folder / each["path"]).is_file():
            data = (folder / each["path"]).read_bytes()
            each |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(said).encode()
    (folder / "MANIFEST.json").write_bytes(text)
    (folder / "MANIFEST.sha256").write_text(f"{hashlib.sha256(text).hexdigest()}  MANIFEST.json\n")


def test_a_manifest_that_was_made_to_fit_hides_no_change_of_the_log(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pack"
    packed(world, folder)
    payload = next((folder / "archive/logs/facts/0/payload").rglob("*.avro"))
    data = payload.read_bytes()
    payload.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    manifest_again(folder, lambda said: None)
    code, reasons = checked(folder, capsys, "--partial")
    assert code == 1
    assert reasons & {"file-broken", "record-changed"}

    payload.unlink()
    relative = payload.relative_to(folder).as_posix()

    def hide(said: Any) -> None:
        said["files"] = [each for each in said["files"] if each["path"] != relative]
        for each in said["logs"]:
            each["payload"] = [2, 3] if "/facts/0/" in each["origin"] else each["payload"]

    manifest_again(folder, hide)
    assert checked(folder, capsys)[0] == 2, "records are missing, and that is said"
    assert checked(folder, capsys, "--partial")[0] == 0


def test_of_a_range_the_records_alone_are_left_out_and_counted(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = packed(world, tmp_path / "pack", Wanted(begin=Bound(number=3)))

    assert done.part.rounds == (3, 3)
    (log,) = [each for each in done.part.logs if (each.topic, each.partition) == ("facts", 0)]
    assert (log.size, log.first, log.payload) == (704, 701, (2, 3))
    names = {path.name for path in (tmp_path / "pack/archive/logs/facts/0/payload").rglob("*.avro")}
    assert names == {"192.avro"}, "the last bundle, of 704 - 512 entries"
    assert checked(tmp_path / "pack", capsys) == (2, set())
    code = verify(["pack", str(tmp_path / "pack"), "--key", VKEY, "--partial"])
    said = capsys.readouterr().out
    assert (code, "511 of 703 records are not in this pack, only their hashes" in said) == (0, True)


def test_certificates_are_those_of_erasures_that_a_record_of_the_range_met(world: World, tmp_path: Path) -> None:
    # The one erasure of the story is met by an early fact. It is counted as waiting: nothing here can certify.
    found = {
        number: packed(world, tmp_path / str(number), Wanted(begin=Bound(number=number), end=Bound(number=number))).waiting for number in (1, 2, 3)
    }
    assert found == {1: 1, 2: 0, 3: 0}
    assert packed(world, tmp_path / "whole", Wanted(begin=Bound(number=1))).waiting == 1


def test_a_range_by_time_holds_the_rounds_between(world: World, tmp_path: Path) -> None:
    first = 1_790_000_001_000
    done = packed(world, tmp_path / "pack", Wanted(begin=Bound(millis=first + 500), end=Bound(millis=first + 1500)))

    assert done.part.rounds == (2, 2)
    with pytest.raises(DataError, match="no round of sealing lies in that range"):
        packed(world, tmp_path / "other", Wanted(begin=Bound(millis=first + 5000)))
    assert not (tmp_path / "other").exists()


def test_a_range_of_an_archive_damaged_inside_it_is_not_passed_over(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pack"
    packed(world, folder, Wanted(begin=Bound(number=3)))
    payload = next((folder / "archive/logs/facts/0/payload").rglob("*.avro"))
    relative = payload.relative_to(folder).as_posix()
    payload.unlink()
    manifest_again(folder, lambda said: said.update(files=[each for each in said["files"] if each["path"] != relative]))

    assert checked(folder, capsys, "--partial") == (2, {"file-missing"})


def test_a_sealer_that_goes_on_meanwhile_changes_nothing_of_a_pack(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sealed = SealedArchive(world.archive)
    world.add("facts", 0, 600)
    world.seal()
    query = Query(MemoryAnswers(project(story().log)))
    with pack_folder(tmp_path / "pack") as folder:
        done = pack(folder, world.archive, sealed, Queries(query, query), no_certificate, Wanted(certificates=0), lambda _: None)

    assert done.part.rounds == (1, 3)
    assert checked(tmp_path / "pack", capsys) == (0, set())


def test_what_is_there_already_is_refused_and_an_empty_folder_is_filled(world: World, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/note").write_text("mine")
    with pytest.raises(RefusedError, match="not there or empty"):
        packed(world, tmp_path / "full")
    (tmp_path / "empty").mkdir()
    packed(world, tmp_path / "empty")
    assert (tmp_path / "empty/MANIFEST.json").is_file()


def test_an_error_in_between_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError), pack_folder(tmp_path / "pack") as folder:
        folder.add("index.html", b"half")
        raise DataError("cannot go on")
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_counts_as_much_as_is_written(world: World, tmp_path: Path) -> None:
    query = Query(MemoryAnswers(project(story().log)))
    counted = PackFolder(None)
    done = pack(counted, world.archive, SealedArchive(world.archive), Queries(query, query), no_certificate, Wanted(certificates=0), lambda _: None)
    written = packed(world, tmp_path / "pack", Wanted(certificates=0))

    assert (done.files, done.size) == (written.files, written.size)


def test_the_policy_is_the_one_that_is_on_the_log(world: World, tmp_path: Path) -> None:
    packed(world, tmp_path / "pack")
    (about,) = json.loads((tmp_path / "pack/policies/policies.json").read_text())["policies"]

    for name in ("text", "compiled"):
        assert hashlib.sha256((tmp_path / "pack" / about[name]).read_bytes()).hexdigest() == about[f"{name}_sha256"]
    assert about["law_version"]
    proven = json.loads((tmp_path / "pack/bundles/policies.json").read_text())
    assert len(proven["records"]) == 1


def test_the_page_escapes_all_and_takes_nothing_from_elsewhere(world: World, tmp_path: Path) -> None:
    page = index_page(Page("<script>x</script>", [("a&b", '"q"')], [("<b>", "t", "f", "1")], ["<i>"], True, True)).decode()
    assert "<script>" not in page and "<b>" not in page and "<i>" not in page and "a&amp;b" in page

    packed(world, tmp_path / "pack")
    real = (tmp_path / "pack/index.html").read_text()
    assert not re.search(r"<script|src=|href=|url\(|@import|http", real)
    assert "simulated" in real


@pytest.mark.parametrize(("name", "path"), [("../../etc", "______etc"), ("", "_"), ("a/b", "a_b"), ("mijn-domein_1", "mijn-domein_1"), (".x", "_x")])
def test_a_name_leads_nowhere_else(name: str, path: str) -> None:
    assert safe(name) == path


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"format": 2}', '{"format": 1, "ledger": "ledger.example", "files": [{}], "logs": []}'])
def test_a_manifest_that_is_none_is_a_finding(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    packed(world, tmp_path / "pack")
    (tmp_path / "pack/MANIFEST.json").write_text(text)

    code, reasons = checked(tmp_path / "pack", capsys)
    assert (code, "file-broken" in reasons) == (1, True)
