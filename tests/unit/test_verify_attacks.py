"""What somebody with write access to the archive does to its logs: what is found, and where first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from ledger.verify.__main__ import main
from tests.attacked_archives import Found, found_in, rewritten, without_tiles_behind  # noqa: F401  one is a fixture
from tests.naive_archive import KEY, Archive, Event, Log, container, events, put, sha, small


@pytest.mark.parametrize("index", range(6))
def test_an_entry_that_is_changed(tmp_path: Path, found: Found, index: int) -> None:
    log = Log("facts", 0, events(5))
    archive = Archive([log]).write(tmp_path)
    entries = log.entries()
    entries[index] = entries[index][:-1] + bytes([entries[index][-1] ^ 1])
    without_tiles_behind(archive, log, entries)

    code, all_of_it = found(archive)
    assert code == 1
    assert all_of_it[0] == ("entry-changed", index, None if index == 0 else 7 + index - 1)
    assert {reason for reason, *_ in all_of_it} == {
        "entry-changed",
        "root-changed",
        "seal-conflict",
        "genesis-wrong" if index == 0 else "record-changed",
    }


@pytest.mark.parametrize("index", range(1, 6))
def test_a_record_that_is_dropped_and_everything_made_again(tmp_path: Path, found: Found, index: int) -> None:
    """The attacker rewrites all files, and has no key: the root no longer fits, and a hole is left unless it was the last."""
    log = Log("facts", 0, events(5))
    archive = Archive([log]).write(tmp_path)
    records = log.records[: index - 1] + log.records[index:]
    entries = log.entries()[:index] + log.entries()[index + 1 :]
    rewritten(archive, log, entries, records)

    code, all_of_it = found(archive)
    assert code == 2
    assert all_of_it[0][0] == "file-missing", "nothing is there for the size that was signed"
    padded = [*records, Event(99)]
    rewritten(archive, log, [*entries, replace(log, records=padded).entries()[-1]], padded)
    code, all_of_it = found(archive)
    assert code == 1
    hole = (index, 7 + index) if index < 5 else (5, 99)
    assert next(each for each in all_of_it if each[0] == "offset-hole") == ("offset-hole", *hole)
    assert ("root-changed", 0, None) in all_of_it


@pytest.mark.parametrize("index", range(1, 5))
def test_two_records_that_are_swapped(tmp_path: Path, found: Found, index: int) -> None:
    log = Log("facts", 0, events(5))
    archive = Archive([log]).write(tmp_path)
    entries, records = log.entries(), list(log.records)
    entries[index : index + 2] = entries[index : index + 2][::-1]
    records[index - 1 : index + 1] = records[index - 1 : index + 1][::-1]
    rewritten(archive, log, entries, records)

    code, all_of_it = found(archive)
    assert code == 1
    assert all_of_it[0] == ("offset-hole", index, 7 + index)
    assert ("root-changed", 0, None) in all_of_it


@pytest.mark.parametrize("at", range(6))
def test_a_record_that_is_slipped_in(tmp_path: Path, found: Found, at: int) -> None:
    """With offsets that rise as they should: all later ones are one more."""
    log = Log("facts", 0, events(5), sizes=[1])
    archive = Archive([log]).write(tmp_path)
    records = [*log.records[:at], Event(7 + at, value=b"new"), *(replace(each, offset=each.offset + 1) for each in log.records[at:])]
    rewritten(archive, log, replace(log, records=records).entries(), records)
    rewritten(archive, log, replace(log, records=records[:5]).entries(), records[:5])

    code, all_of_it = found(archive)
    assert (code, {reason for reason, *_ in all_of_it}) == ((0, set()) if at == 5 else (1, {"root-changed", "seal-conflict"}))
    assert at == 5 or all_of_it[0] == ("root-changed", 1, None), "from the last checkpoint that fits"


@pytest.mark.parametrize("at", range(5))
def test_a_record_of_a_payload(tmp_path: Path, found: Found, at: int) -> None:
    log = Log("facts", 0, events(5))
    archive = Archive([log]).write(tmp_path)
    marker = sha(f"{log.origin}/0/6".encode())[:16]
    one = log.records[at]
    others = [
        *(replace(one, **change) for change in (
            {"value": b"other"}, {"value": b""}, {"key": b"other"}, {"timestamp": 1}, {"timestamp": -(1 << 63)}, {"timestamp_type": 7},
            {"offset": 99},
            {"headers": (*one.headers, ("h", None))}, {"key": b"" if one.key is None else None}, {"timestamp_type": 1 - one.timestamp_type},
        )),
    ]  # fmt: skip
    for rows in ([*log.records[:at], other, *log.records[at + 1 :]] for other in others if other != one):
        put(archive, "logs/facts/0/payload/000.p/6.avro", container(marker, [rows]))
        assert found(archive) == (1, [("record-changed", at + 1, 7 + at)])

    put(archive, "logs/facts/0/payload/000.p/6.avro", container(marker, [log.records[:at] + log.records[at + 1 :]]))
    code, all_of_it = found(archive)
    assert (code, all_of_it[0]) == (1, ("record-changed", at + 1, 7 + at))
    put(archive, "logs/facts/0/payload/000.p/6.avro", container(marker, [[*log.records[: at + 1], *log.records[at:]]]))
    code, all_of_it = found(archive)
    assert code == 1
    assert all_of_it[0][0] == "record-changed"
    for blocks in ([log.records[:0], log.records], [log.records, log.records[:0]]):
        put(archive, "logs/facts/0/payload/000.p/6.avro", container(marker, blocks))
        assert found(archive) == (1, [("file-broken", 0, None)])


def test_a_payload_of_another_bundle(tmp_path: Path, found: Found) -> None:
    archive = Archive([Log("facts", 0, events(600))]).write(tmp_path)
    folder = archive / "logs/facts/0/payload"
    (folder / "000.avro").write_bytes((folder / "001.avro").read_bytes())

    assert found(archive) == (1, [("file-broken", 0, None)])


def test_bytes_that_move_from_key_to_value(tmp_path: Path, found: Found) -> None:
    log = Log("facts", 0, [Event(7, key=b"ab", value=b"c")])
    archive = Archive([log]).write(tmp_path)
    put(archive, "logs/facts/0/payload/000.p/2.avro", container(sha(f"{log.origin}/0/2".encode())[:16], [[Event(7, key=b"a", value=b"bc")]]))

    assert found(archive) == (1, [("record-changed", 1, 7)])


@pytest.mark.parametrize(("level", "n", "index", "leaf"), [(0, 0, 3, 3), (0, 1, 255, 511), (0, 2, 88, 600), (1, 0, 0, 0), (1, 0, 1, 256)])
def test_a_hash_of_a_tile(tmp_path: Path, found: Found, level: int, n: int, index: int, leaf: int) -> None:
    archive = Archive([Log("facts", 0, events(600))]).write(tmp_path)
    partial = {(0, 2): ".p/89", (1, 0): ".p/2"}.get((level, n), "")
    file = archive / f"logs/facts/0/tile/{level}/{n:03d}{partial}"
    data = bytearray(file.read_bytes())
    data[32 * index] ^= 1
    file.write_bytes(data)

    code, all_of_it = found(archive)
    assert code == 1
    reason = "tile-changed" if level else "entry-changed"
    assert all_of_it[0] == (reason, leaf, None if level else 7 + leaf - 1)


def test_a_wide_change_is_cut_at_a_thousand_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = Archive([Log("facts", 0, events(1300))]).write(tmp_path)
    for n in range(5):
        file = archive / f"logs/facts/0/tile/0/{n:03d}"
        file.write_bytes(bytes(32 * 256))

    assert main(["replay", "--archive", str(archive), "--key", KEY.vkey()]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("entry-changed")]) == 1000
    assert any(line.startswith("and 28") and "more of" in line for line in lines)
    assert not any("verified" in line.lower() for line in lines)


def test_a_log_that_is_cut_short_with_its_older_checkpoint(tmp_path: Path, found: Found) -> None:
    """All that is left is as it was signed at that time; the rounds know better."""
    archive = small().write(tmp_path)
    folder = archive / "logs/facts/0"
    (folder / "checkpoints/5").unlink()
    (folder / "checkpoint").write_bytes((folder / "checkpoints/2").read_bytes())

    assert found(archive) == (1, [("seal-conflict", 2, None)])


@pytest.mark.parametrize("gone", ["logs/facts/0", "logs/facts", "logs/register"])
def test_a_log_or_a_topic_that_is_gone(tmp_path: Path, found: Found, gone: str) -> None:
    archive = small().write(tmp_path)
    rmtree(archive / gone)

    code, all_of_it = found(archive)
    assert code == 1
    assert {reason for reason, *_ in all_of_it} == {"log-missing"}
    assert len(all_of_it) == (2 if gone == "logs/facts" else 1)


def test_a_log_that_no_round_knows_and_one_in_place_of_another(
    tmp_path: Path, found: Found, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = small().write(tmp_path / "one")
    Log("extra", 0, events(2)).write(archive)
    assert found(archive) == (0, []), "nothing is proven of it, and that is said; what a round has named once is missed for ever"
    assert main(["replay", "--archive", str(archive), "--key", KEY.vkey()]) == 0
    assert "extra/0" in (said := capsys.readouterr().out) and "no round names a log of this partition yet, so nothing of it is proven" in said

    again = small().write(tmp_path / "two")
    rmtree(again / "logs/facts/0")
    Log("facts", 0, events(9), topic_id="made-again").write(again)
    assert found(again) == (1, [("log-missing", None, None)] * 2)

    moved = small().write(tmp_path / "three")
    rmtree(moved / "logs/facts/0")
    (moved / "logs/facts/1").rename(moved / "logs/facts/0")
    code, all_of_it = found(moved)
    assert code == 1
    assert ("genesis-wrong", 0, None) in all_of_it
    assert all_of_it.count(("log-missing", None, None)) == 3


@pytest.mark.parametrize("change", [{"cluster_id": "another"}, {"first_offset": 6}, {"topic_id": "AbC-_123_other"}])
def test_another_genesis(tmp_path: Path, found: Found, change: dict[str, object]) -> None:
    archive = small().write(tmp_path)
    said = json.loads((archive / "logs/facts/0/genesis.json").read_text()) | change
    put(archive, "logs/facts/0/genesis.json", json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n")

    code, all_of_it = found(archive)
    assert code == 1
    assert ("genesis-wrong", 0, None) in all_of_it


@pytest.mark.parametrize("change", [{"format": 2}, {"topic": "other"}, {"partition": 1}, {"ledger": "other"}])
def test_a_genesis_of_another_log_though_it_is_signed(tmp_path: Path, found: Found, change: dict[str, object]) -> None:
    class Other(Log):
        def genesis(self) -> bytes:
            return json.dumps(json.loads(super().genesis()) | change, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    code, all_of_it = found(Archive([Other("facts", 0, events(3))]).write(tmp_path))
    assert (code, all_of_it[0]) == (1, ("genesis-wrong", 0, None))


@pytest.mark.parametrize(
    "change", [{"format": True}, {"first_offset": -1}, {"first_offset": "7"}, {"first_offset": 1 << 63}, {"topic_id": 5}, {"more": 1}]
)
def test_a_genesis_with_values_that_cannot_be(tmp_path: Path, found: Found, change: dict[str, object]) -> None:
    archive = Archive([Log("facts", 0, events(3))]).write(tmp_path)
    said = json.loads((archive / "logs/facts/0/genesis.json").read_text()) | change
    put(archive, "logs/facts/0/genesis.json", json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n")

    code, all_of_it = found(archive)
    assert (code, all_of_it[0]) == (1, ("file-broken", 0, None))


def test_another_way_to_write_the_same_genesis(tmp_path: Path, found: Found) -> None:
    log = Log("facts", 0, events(2))
    spaced = json.dumps(json.loads(log.genesis()), sort_keys=True).encode() + b"\n"

    class Spaced(Log):
        def genesis(self) -> bytes:
            return spaced

    archive = Archive([Spaced("facts", 0, events(2))]).write(tmp_path)
    assert found(archive) == (1, [("file-broken", 0, None)])

