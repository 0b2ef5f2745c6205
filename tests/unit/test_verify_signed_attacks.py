"""What somebody does to checkpoints and rounds, and with the ledger's key: what is found, and where first."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from tests.attacked_archives import Found, found_in, rewritten  # noqa: F401  one is a fixture
from tests.naive_archive import KEY, LEDGER, OTHER_KEY, Archive, Log, checkpoint, events, put, small, tree

FACTS = small().logs[0].origin


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
