"""`ledger-verify` says "verified" of archives that are as docs/evidence.md wants them, at every size that is a corner, and no more than it knows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from shutil import rmtree

import fastavro
import pytest

from ledger.verify.__main__ import main
from ledger.verify.files import numbered
from ledger.verify.tree import Growing, consistency_proof, is_consistent, leaf_hash, root
from tests.naive_archive import KEY, OTHER_KEY, Archive, Log, events, small, tree


def run(archive: Path, *more: str, key: str = KEY.vkey()) -> int:
    return main(["replay", "--archive", str(archive), "--key", key, *more])


@pytest.mark.parametrize("number", [0, 1, 5, 254, 255, 256, 257, 300, 600])
def test_an_archive_as_it_should_be_is_verified(tmp_path: Path, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    logs = [Log("facts", 0, events(number), sizes=[1, number // 2 + 1]), Log("facts", 1, events(3)), Log("register", 0, [])]
    archive = Archive(logs).write(tmp_path)

    assert run(archive) == 0, capsys.readouterr().out
    out = capsys.readouterr().out
    assert f"VERIFIED  {number + 3} events, 3 partitions, sealed to 2026-09-2" in out
    assert "trust   L0" in out
    assert "that an event was recorded at all" in out


def test_a_log_above_level_one_of_tiles(tmp_path: Path) -> None:
    """Level 2 begins at 65,536 entries: the walk over tiles that are made of tiles, with hashes that no entry stands behind."""
    from ledger.verify.files import LogFiles
    from ledger.verify.findings import Findings
    from ledger.verify.walking import Said, Walk

    entries = [b"%d" % i for i in range(65536 + 300)]
    hashes = [leaf_hash(entry) for entry in entries]

    def put(name: str, data: bytes) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)

    level, size = 0, len(entries)
    while hashes:
        for start in range(0, len(hashes), 256):
            part, n = hashes[start : start + 256], start // 256
            put(f"tile/{level}/{numbered(n)}" + ("" if len(part) == 256 else f".p/{len(part)}"), b"".join(part))
            if level == 0:
                bundle = b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries[start : start + 256])
                put(f"tile/entries/{numbered(n)}" + ("" if len(part) == 256 else f".p/{len(part)}"), bundle)
        hashes, level = [root(hashes[i : i + 256]) for i in range(0, len(hashes) // 256 * 256, 256)], level + 1
    said = [Said(each, tree(entries[:each]), "said") for each in (1, 255, 256, 257, 65535, 65536, 65537, size)]

    found = Findings("log")
    walk = Walk(LogFiles(tmp_path), size, said, found, 1 << 16, lambda _: None)
    assert len(list(walk.bundles())) == 258
    assert [finding.text for finding in found] == []
    assert walk.good == [each.size for each in said]

    for level, n, index in ((1, 0, 3), (1, 0, 200), (2, 0, 0)):
        file = tmp_path / f"tile/{level}/{numbered(n)}" if level == 1 else tmp_path / "tile/2/000.p/1"
        good = file.read_bytes()
        file.write_bytes(good[: index * 32] + bytes([good[index * 32] ^ 1]) + good[index * 32 + 1 :])
        found = Findings("log")
        list(Walk(LogFiles(tmp_path), size, said, found, 1 << 16, lambda _: None).bundles())
        file.write_bytes(good)
        assert found.kept[0].reason == "tile-changed"
        assert found.kept[0].index == index << (8 * level)


def test_trees_and_proofs_are_those_of_the_recursion_at_every_size() -> None:
    entries = [b"%d" % i for i in range(40)]
    roots = [tree(entries[:n]) for n in range(41)]
    leaves = [leaf_hash(entry) for entry in entries]

    assert [root(leaves[:n]) for n in range(41)] == roots
    for new in range(1, 41):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, lambda low, high: tree(entries[low:high]))
            assert is_consistent(old, roots[old], new, roots[new], proof)
            assert not is_consistent(old, roots[old - 1], new, roots[new], proof)
            assert not is_consistent(old, roots[old], new, roots[new - 1], proof)
            assert not is_consistent(old, roots[old], new, roots[new], [*proof, roots[1]])
            assert not proof or not is_consistent(old, roots[old], new, roots[new], proof[:-1])
            assert not is_consistent(0, roots[0], new, roots[new], proof)
            assert not is_consistent(new + 1, roots[new], new, roots[new], [])


def test_the_edge_of_a_growing_tree_is_that_of_the_recursion() -> None:
    """With bundles of one leaf, so that many shapes fit into little time."""
    growing, entries = Growing(), [b"%d" % i for i in range(70)]
    for n, entry in enumerate(entries):
        assert growing.root_with([leaf_hash(entry)]) == tree(entries[: n + 1])
        growing.append_bundle(leaf_hash(entry))
        assert growing.root_with([]) == tree(entries[: n + 1])


def test_the_checkpoint_that_is_kept_gives_level_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state"
    archive = small().write(tmp_path / "archive")

    assert run(archive, "--state", str(state), "--level", "L1") == 2
    assert not state.exists()
    assert "verified" not in capsys.readouterr().out.lower()
    assert run(archive, "--state", str(state)) == 0
    assert state.read_bytes() == (archive / "seals/checkpoint").read_bytes()
    assert "kept the checkpoint" in capsys.readouterr().err
    assert run(archive, "--state", str(state), "--level", "L1") == 0
    assert "trust   L1" in capsys.readouterr().out

    grown = Archive([Log(log.topic, log.partition, [*log.records, *events(300, log.first + len(log.records))], sizes=[2, len(log.records) + 1])
                     for log in small().logs]).write(tmp_path / "grown")  # fmt: skip
    assert run(grown, "--state", str(state), "--level", "L1") == 0
    assert state.read_bytes() == (grown / "seals/checkpoint").read_bytes()


def test_json_ends_with_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = small().write(tmp_path)

    assert run(archive, "--json") == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["verdict"], last["level"], last["events"], last["partitions"], last["rounds"]) == ("verified", "L0", 12, 3, 2)


def test_several_processes_find_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = small().write(tmp_path)
    file = archive / "logs/register/0/tile/entries/000.p/6"
    file.write_bytes(file.read_bytes()[:-1] + b"?")

    outs = []
    for processes in ("1", "2"):
        assert run(archive, "--json", "--processes", processes) == 1
        outs.append(capsys.readouterr().out)
    assert outs[0] == outs[1]


def test_too_old_cannot_be_decided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = small(time=int(time.time() * 1000) - 3_600_000).write(tmp_path)

    assert run(old, "--max-age", "7200") == 0
    capsys.readouterr()
    assert run(old, "--max-age", "60") == 2
    assert "verified" not in capsys.readouterr().out.lower()


def test_both_keys_of_a_rotation_and_foreign_signatures(tmp_path: Path) -> None:
    logs = [Log("facts", 0, events(4), signers=(KEY, OTHER_KEY))]
    both = Archive(logs, signers=(KEY, OTHER_KEY), before=(f"key\n{OTHER_KEY.vkey()}\nfrom\n",)).write(tmp_path)

    assert run(both) == 0
    assert run(both, key=OTHER_KEY.vkey()) == 0
    assert run(both, "--key", OTHER_KEY.vkey()) == 0


def test_files_may_hold_more_than_the_newest_checkpoint_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Between two steps of the sealer: files first, `checkpoints/<size>`, `checkpoint`, the round. And then without the narrower files."""
    log = Log("facts", 0, events(700), sizes=[200])
    archive = Archive([log]).write(tmp_path)
    folder = archive / "logs/facts/0"
    rmtree(archive / "seals")
    sealed = Archive([Log("facts", 0, log.records[:199])])
    sealed.write_seals(archive, sealed.seal_entries())

    assert run(archive) == 0
    assert "501 entries at its end stand in no round yet" in capsys.readouterr().out
    (folder / "checkpoint").write_bytes((folder / "checkpoints/200").read_bytes())
    assert run(archive) == 0
    assert "checked up to size 701, as checkpoints/701 says" in capsys.readouterr().out
    (folder / "checkpoints/701").unlink()
    assert run(archive) == 0
    assert "VERIFIED  199 events" in capsys.readouterr().out
    for partial in list(folder.rglob("000.p")):
        rmtree(partial)
    assert run(archive) == 0
    file = folder / "payload/000.avro"
    file.write_bytes(file.read_bytes()[:-1])
    assert run(archive) == 1


def test_an_entry_of_an_unknown_kind_is_said_and_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(small(before=("weather\nrain\n",)).write(tmp_path)) == 0
    assert "1 entries of kind 'weather'" in capsys.readouterr().out


def test_between_two_checkpoints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = Archive([Log("facts", 0, events(700), sizes=[1, 2, 255, 256, 257, 300, 512])]).write(tmp_path)
    folder = archive / "logs/facts/0/checkpoints"
    forged = Log("facts", 0, [*events(200), *events(100, 207)[::-1]], sizes=[300])
    forged.write(tmp_path / "forged")

    def between(old: Path, new: Path) -> int:
        return main(["between", str(old), str(new), "--archive", str(archive), "--key", KEY.vkey()])

    sizes = [1, 2, 255, 256, 257, 300, 512, 701]
    for i, new in enumerate(sizes):
        for old in sizes[: i + 1]:
            assert between(folder / str(old), folder / str(new)) == between(folder / str(new), folder / str(old)) == 0, (old, new)
    for wrong in ((folder / "2", archive / "seals/checkpoint"), (folder / "3", folder / "257")):
        with pytest.raises(SystemExit) as ended:
            between(*wrong)
        assert ended.value.code == 3
    capsys.readouterr()
    other = tmp_path / "forged/logs/facts/0/checkpoints/300"
    for fork in ((other, folder / "701"), (folder / "701", other)):
        assert between(*fork) == 1, "whoever holds a fork need not know which is the older"
    assert "checkpoint-conflict" in capsys.readouterr().out
    assert between(tmp_path / "forged/logs/facts/0/checkpoints/300", folder / "300") == 1
    assert between(folder / "257", tmp_path / "forged/logs/facts/0/checkpoints/300") == 2, "the tiles are not those of the newer one"


@pytest.mark.parametrize("more", [["--key", "nonsense"], ["--key", KEY.vkey("other")], ["--archive", "/nowhere"], ["--level", "L9"]])
def test_wrong_use_is_three(tmp_path: Path, more: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(small().write(tmp_path), *more)
    assert ended.value.code == 3


def test_payload_files_are_avro_to_others_too(tmp_path: Path) -> None:
    """Apache's format, read by a library that is not ours."""
    log = Log("facts", 0, events(300))
    archive = Archive([log]).write(tmp_path)
    rows: list[dict[str, object]] = []
    for name in ("000.avro", "001.p/45.avro"):
        with (archive / "logs/facts/0/payload" / name).open("rb") as file:
            rows += fastavro.reader(file)

    assert [(row["offset"], row["key"], row["value"], len(row["headers"])) for row in rows] == [
        (each.offset, each.key, each.value, len(each.headers)) for each in log.records
    ]


def test_nothing_of_ours_and_no_client_is_loaded() -> None:
    """An auditor's machine has `cryptography` and no more."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, ledger.verify.__main__; print(*sorted({m.split('.')[0] for m in sys.modules if 'site-packages' in "
         "str(getattr(sys.modules[m], '__file__', ''))}), *sorted(m for m in sys.modules if m.startswith('ledger.')))"],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ).stdout.split()  # fmt: skip

    assert {name for name in loaded if not name.startswith(("ledger.verify", "_"))} <= {"cryptography"}
