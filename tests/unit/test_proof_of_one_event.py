"""Whether one event is sealed: what was lost or changed in the archive is never said to be not sealed yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.auditing.bundles import Place
from ledger.auditing.proofs import Proof, Seal, proof_of
from ledger.sealing.archive import Archive
from tests.sealing_world import World

HERE = Place("facts", 0, 2)
NEEDED = ("seals/checkpoint", "logs/facts/0/genesis.json", "logs/facts/0/payload", "logs/facts/0/tile", "seals/tile")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "archive")
    made.add("facts", 0, 300)
    made.seal()
    return made


def files_of(world: World, path: str) -> list[Path]:
    """A file, or all files below a folder."""
    found = world.archive.root / path
    return [found] if found.is_file() else [each for each in sorted(found.rglob("*")) if each.is_file()]


def test_what_no_round_has_reached_is_not_sealed_yet(world: World, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    for archive, place in ((Archive(tmp_path / "nowhere"), HERE), (Archive(tmp_path / "empty"), HERE), (world.archive, Place("facts", 0, 300))):
        assert proof_of(archive, place) == Proof(Seal.NOT_YET)
    world.add("facts", 0, 1)
    world.seal()
    found = proof_of(world.archive, Place("facts", 0, 300))
    assert found.seal is Seal.SEALED and found.bundle is not None and found.bundle["records"][0]["offset"] == 300


@pytest.mark.parametrize("path", NEEDED)
def test_what_is_gone_is_damage(world: World, path: str) -> None:
    assert proof_of(world.archive, HERE).seal is Seal.SEALED
    for each in files_of(world, path):
        each.unlink()

    found = proof_of(world.archive, HERE)

    assert (found.seal, found.bundle) == (Seal.DAMAGED, None) and path in str(found.why)


@pytest.mark.parametrize("path", NEEDED)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe something else\n", b"{}\n"])
def test_what_holds_something_else_is_damage(world: World, path: str, content: bytes) -> None:
    for each in files_of(world, path):
        each.write_bytes(content)

    found = proof_of(world.archive, HERE)

    assert (found.seal, found.bundle) == (Seal.DAMAGED, None) and "cannot read" in str(found.why)


def test_one_changed_byte_of_the_event_or_of_a_hash_is_damage(world: World) -> None:
    for path in ("logs/facts/0/payload", "logs/facts/0/tile/0"):
        (changed, *_) = files_of(world, path)
        before = changed.read_bytes()
        for at in (len(before) // 3, len(before) // 2, len(before) - 20):
            changed.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
            seals = [proof_of(world.archive, Place("facts", 0, offset)).seal for offset in range(255)]
            assert Seal.DAMAGED in seals and Seal.NOT_YET not in seals
        changed.write_bytes(before)
