"""What somebody with write access to the archive does to it, and at the end somebody with the ledger's key: what is found, and where first."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from ledger.verify.__main__ import main
from tests.naive_archive import KEY, LEDGER, OTHER_KEY, Archive, Event, Log, checkpoint, container, events, put, put_tiles, sha, small, tree

FACTS = small().logs[0].origin


@pytest.fixture
def found(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[tuple[str, int | None, int | None]]]]:
    """Exit code, and (reason, index, offset) of each finding."""

    def run(archive: Path, *more: str, key: str = KEY.vkey()) -> tuple[int, list[tuple[str, int | None, int | None]]]:
        capsys.readouterr()
        code = main(["replay", "--archive", str(archive), "--json", "--key", key, *more])
        *findings, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert last["exit"] == code
        assert (last["verdict"] == "verified") == (code == 0) == (last["level"] != "none" and not last["why"])
        return code, [(each["reason"], each.get("index"), each.get("offset")) for each in findings]

    return run


Found = Callable[..., tuple[int, list[tuple[str, int | None, int | None]]]]


def rewritten(archive: Path, log: Log, entries: list[bytes], records: list[Event], sizes: tuple[int, ...] = ()) -> None:
    """Tiles, bundles and payloads of another history, and the old checkpoints. Without key; with `sizes` also checkpoints that the key signed."""
    folder = archive / "logs" / log.topic / str(log.partition)
    for kind in ("tile", "payload"):
        rmtree(folder / kind)
    put_tiles(folder, entries)
    replace(log, records=records, sizes=[]).write_payloads(folder, len(records) + 1)
    for size in sizes:
        put(folder, f"checkpoints/{size}", checkpoint(log.origin, size, tree(entries[:size])))


def without_tiles_behind(archive: Path, log: Log, entries: list[bytes]) -> None:
    """The bundle alone is another one."""
    folder = archive / "logs" / log.topic / str(log.partition)
    put(folder, f"tile/entries/000.p/{len(entries)}", b"".join(struct.pack(">H", len(entry)) + entry for entry in entries))


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


# Signatures


def test_checkpoints_that_nobody_signed_another_key_or_another_name(tmp_path: Path, found: Found) -> None:
    archive = Archive([Log("facts", 0, events(3))]).write(tmp_path)
    assert {reason for reason, *_ in found(archive, key=OTHER_KEY.vkey())[1]} == {"signature-wrong"}

    name = "logs/facts/0/checkpoint"
    good = (archive / name).read_bytes()
    text, _, line = good.decode().rpartition("\n\n")
    origin = small().logs[0].origin
    lines = {
        "by another key": OTHER_KEY.line(origin, text + "\n"),
        "under the ledger's own name": KEY.line(LEDGER, text + "\n"),
        "under the name of another log": KEY.line(f"{LEDGER}/seals", text + "\n"),
        "of another text": KEY.line(origin, "else\n"),
        "good and bad of the one key": line + KEY.line(origin, "else\n"),
    }
    for what, signed in lines.items():
        put(archive, name, f"{text}\n\n{signed}".encode())
        assert found(archive) == (1, [("signature-wrong", None, None)]), what
    put(archive, name, f"{text}\n\n{line}{OTHER_KEY.line('witness.example', text)}".encode())
    assert found(archive) == (0, []), "a witness whose key was not given"
    for broken in (text.encode() + b"\n", text.encode() + b"\n\n", good.replace(b"\n\n", b"\next line\n\n"), b"\xff" + good, good + b"\n"):
        put(archive, name, broken)
        assert found(archive) == (1, [("file-broken", None, None)])


def test_a_checkpoint_of_another_log(tmp_path: Path, found: Found) -> None:
    archive = Archive([Log("facts", 0, events(3)), Log("facts", 1, events(3))]).write(tmp_path)
    for name in ("checkpoint", "checkpoints/4"):
        put(archive, f"logs/facts/0/{name}", (archive / "logs/facts/1/checkpoint").read_bytes())

    assert found(archive)[0] == 1
    assert found(archive)[1] == [("file-broken", None, None)] * 2


def test_an_archive_of_nothing(tmp_path: Path, found: Found) -> None:
    assert found(tmp_path) == (2, [("file-missing", None, None)])


# With the key


def test_two_checkpoints_of_one_size(tmp_path: Path, found: Found) -> None:
    log = small().logs[0]
    archive = small().write(tmp_path)
    forged = replace(log, records=[*log.records[:3], replace(log.records[3], value=b"forged")])
    put(archive, "logs/facts/0/checkpoint", checkpoint(log.origin, 5, tree(forged.entries())))

    code, all_of_it = found(archive)
    assert code == 1
    assert all_of_it[0] == ("checkpoint-conflict", None, None)


def test_a_checkpoint_of_a_history_that_was_dropped(tmp_path: Path, found: Found) -> None:
    """The key signed size 3 of another history, and goes on from what it was before."""
    log = replace(small().logs[0], sizes=[2, 4])
    archive = Archive([log]).write(tmp_path)
    forged = replace(log, records=[log.records[0], replace(log.records[1], value=b"forged")])
    put(archive, "logs/facts/0/checkpoints/3", checkpoint(log.origin, 3, tree(forged.entries())))

    assert found(archive) == (1, [("checkpoint-conflict", 2, None)])


def test_the_newest_checkpoint_is_of_another_history(tmp_path: Path, found: Found) -> None:
    """Files and newest checkpoint agree, and both differ from what was signed and sealed before."""
    log = replace(small().logs[0], sizes=[2, 4])
    archive = Archive([log]).write(tmp_path)
    records = [log.records[0], replace(log.records[1], value=b"forged"), *log.records[2:], *events(2, 11)]
    forged = replace(log, records=records)
    rewritten(archive, log, forged.entries(), records, sizes=(7,))
    put(archive, "logs/facts/0/checkpoint", checkpoint(log.origin, 7, tree(forged.entries())))

    code, all_of_it = found(archive)
    assert code == 1
    assert all_of_it == [("checkpoint-conflict", 2, None), ("seal-conflict", 2, None)] * 2


def test_everything_written_anew_with_the_key_is_found_by_who_kept_a_checkpoint(tmp_path: Path, found: Found) -> None:
    state, kept = tmp_path / "state", small().write(tmp_path / "one")
    assert found(kept, "--state", str(state)) == (0, [])
    before = state.read_bytes()

    forged = small()
    forged.logs[0].records[1] = replace(forged.logs[0].records[1], value=b"forged")
    assert found(forged.write(tmp_path / "two")) == (0, []), "signed and whole: L0 cannot see it, and says so"
    assert found(tmp_path / "two", "--state", str(state)) == (1, [("checkpoint-conflict", 7, None)])
    assert state.read_bytes() == before, "what was kept stays"


def test_rolled_back_behind_what_was_kept(tmp_path: Path, found: Found) -> None:
    state, archive = tmp_path / "state", small().write(tmp_path / "one")
    assert found(archive, "--state", str(state)) == (0, [])
    older = small()
    older.logs = [replace(log, records=log.records[:1], sizes=[]) for log in older.logs]

    assert found(older.write(tmp_path / "two"), "--state", str(state)) == (1, [("rollback", 7, None)])


@pytest.mark.parametrize("text", [b"", b"nonsense", checkpoint(f"{LEDGER}/seals", 3, bytes(32), OTHER_KEY), checkpoint("other/seals", 3, bytes(32))])
def test_a_kept_checkpoint_that_is_none_decides_nothing(tmp_path: Path, found: Found, text: bytes) -> None:
    (tmp_path / "state").write_bytes(text)

    assert found(small().write(tmp_path / "one"), "--state", str(tmp_path / "state")) == (2, [])
    assert (tmp_path / "state").read_bytes() == text


def test_a_checkpoint_under_the_name_of_another_size_and_one_without_its_copy(tmp_path: Path, found: Found) -> None:
    archive = Archive([Log("facts", 0, events(3), sizes=[2])]).write(tmp_path)
    folder = archive / "logs/facts/0/checkpoints"
    (folder / "3").write_bytes((folder / "2").read_bytes())
    assert found(archive) == (1, [("file-broken", None, None)])

    (folder / "3").unlink()
    for name in ("02", "2x", "x"):
        (folder / name).write_bytes((folder / "2").read_bytes())
        assert found(archive) == (1, [("file-broken", None, None)])
        (folder / name).unlink()
    (folder / "4").unlink()
    code, all_of_it = found(archive)
    assert (code, all_of_it[0]) == (2, ("file-missing", None, None))
    (folder / "2").unlink()
    assert [reason for reason, *_ in found(archive)[1]] == ["file-missing"] * 3, "the newest, and twice what a round names"
    seals = archive / "seals"
    (seals / "checkpoints" / seals.joinpath("checkpoint").read_text().split("\n")[1]).unlink()
    assert [reason for reason, *_ in found(archive)[1]] == ["file-missing"] * 4


@pytest.mark.parametrize("head", [(2, 1, 0, 7, -1, 1), (1, 2, 0, 7, -1, 1), (1, 0, 0, 7, -1, 1), (1, 1, 1, 7, -1, 1), (1, 1, 0, 7, -1, 2)])
def test_an_entry_that_is_no_record_of_the_partition_though_it_is_signed(tmp_path: Path, found: Found, head: tuple[int, ...]) -> None:
    class Wrong(Log):
        def entries(self) -> list[bytes]:
            return [super().entries()[0], struct.pack(">BBIQqB", *head) + bytes(32), *super().entries()[2:]]

    assert ("file-broken", 1, 7) in found(Archive([Wrong("facts", 0, events(3))]).write(tmp_path))[1]


@pytest.mark.parametrize("length", [0, 5, 54, 56, 400])
def test_an_entry_of_another_length_though_it_is_signed(tmp_path: Path, found: Found, length: int) -> None:
    class Wrong(Log):
        def entries(self) -> list[bytes]:
            return [*super().entries()[:2], bytes(length), *super().entries()[3:]]

    code, all_of_it = found(Archive([Wrong("facts", 0, events(3))]).write(tmp_path))
    assert code == 1
    assert ("file-broken", 2, None) in all_of_it


# The rounds

TOTAL = "0" * 64


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("round\n2\n", "round\n3\n", ("seal-conflict", 10)),
        ("\n3\n", "\n2\n", ("seal-conflict", 6)),
        (f"checkpoint\n{FACTS}\n5\n", f"checkpoint\n{FACTS}\n4\n", ("seal-conflict", 10)),
        (f"checkpoint\n{FACTS}\n5\n", f"checkpoint\n{FACTS}\n2\n", ("seal-conflict", 7)),
        (f"checkpoint\n{FACTS}\n5\n", f"checkpoint\n{LEDGER}/other/0/AbC-_123\n5\n", ("seal-conflict", 7)),
        ("topic\nfacts\nAbC-_123456789xyzABCDE\n2\n", "topic\nfacts\nAbC-_123456789xyzABCDE\n3\n", ("log-missing", 6)),
        ("topic\nfacts\nAbC-_123456789xyzABCDE\n2\n", "topic\nfacts\nAbC-_123456789xyzABCDE\n1\n", ("seal-conflict", 4)),
        ("topic\nfacts\nAbC-_123456789xyzABCDE\n2\n", "topic\nfacts\nAbC-_123456789xyzABCDE\n0\n", ("file-broken", 1)),
        (f"key\n{KEY.vkey()}\nfrom\n", f"key\n{OTHER_KEY.vkey()}\nfrom\n", ("seal-conflict", None)),
        (f"key\n{KEY.vkey()}\nfrom\n", f"key\n{KEY.vkey()}\nuntil\n", ("seal-conflict", 0)),
        (f"key\n{KEY.vkey()}\nfrom\n", f"key\n{KEY.vkey()}\nuntil\n", ("seal-conflict", 6)),
        (f"key\n{KEY.vkey()}\nfrom\n", f"key\n{KEY.vkey('other')}\nfrom\n", ("file-broken", 0)),
        ("round\n1\n", "round\n01\n", ("file-broken", 6)),
    ],
)
def test_a_round_that_says_something_else(tmp_path: Path, found: Found, old: str, new: str, expected: tuple[str, int | None]) -> None:
    """Signed with the key, over logs that are as they should be."""
    archive = small()
    rounds = [[entry.replace(old, new, 1) for entry in each] for each in archive.seal_entries()]
    assert rounds != archive.seal_entries()
    archive.write(tmp_path)
    rmtree(tmp_path / "seals")
    archive.write_seals(tmp_path, rounds)

    code, all_of_it = found(tmp_path)
    assert code == 1
    assert expected in [each[:2] for each in all_of_it]


def test_a_round_out_of_order_and_partitions_taken_away(tmp_path: Path, found: Found) -> None:
    archive = small(before=("topic\nfacts\nAbC-_123456789xyzABCDE\n1\n",)).write(tmp_path / "one")
    assert found(archive) == (1, [("seal-conflict", 3, None)])

    swapped = small()
    swapped.write(tmp_path / "two")
    rmtree(tmp_path / "two/seals")
    rounds = swapped.seal_entries()
    rounds[0][3:5] = rounds[0][3:5][::-1]
    swapped.write_seals(tmp_path / "two", rounds)
    assert found(tmp_path / "two") == (1, [("seal-conflict", 4, None)])


def test_without_a_whole_round_nothing_is_decided(tmp_path: Path, found: Found) -> None:
    archive = small()
    archive.write(tmp_path)
    rmtree(tmp_path / "seals")
    archive.write_seals(tmp_path, [[entry for each in archive.seal_entries() for entry in each if not entry.startswith("round")]])

    assert found(tmp_path)[0] == 1, "a round that takes up a log twice is none"
    rmtree(tmp_path / "seals")
    archive.write_seals(tmp_path, [archive.seal_entries()[0][:-1]])
    assert found(tmp_path) == (2, [])


@pytest.mark.parametrize("entry", ["round\n", "topic\nfacts\n", "checkpoint\n\n\n\n", "key\n\n\n", "weather", "", "round\n1\n2\n3\n4\n5\n"])
def test_entries_of_the_seals_log_that_cannot_be_read(tmp_path: Path, found: Found, entry: str) -> None:
    code, all_of_it = found(small(before=(entry,)).write(tmp_path))

    assert (code, all_of_it[0]) == (1, ("file-broken", 3, None))


def test_a_round_with_another_root_of_a_log(tmp_path: Path, found: Found) -> None:
    """The seals were made over another history of one log; both are signed, and each is whole."""
    archive, other = small(), small()
    other.logs[0].records[2] = replace(other.logs[0].records[2], value=b"other")
    archive.write(tmp_path)
    rmtree(tmp_path / "seals")
    archive.write_seals(tmp_path, other.seal_entries())

    assert found(tmp_path) == (1, [("seal-conflict", 2, None)])
