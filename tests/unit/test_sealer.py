"""The sealer on real files: what it writes is verified by foreign code, dying makes no second history, and what does not fit stops it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import FencedError, LedgerError, OperatorError, RefusedError
from ledger.evidence.checkpoints import checkpoint_from
from ledger.evidence.notes import note_from, signed
from ledger.failpoints import NAMES
from ledger.sealing import sealed_log, sealer
from ledger.sealing.adopting import adopt
from ledger.sealing.archive import Archive
from ledger.sealing.heads import Head
from ledger.sealing.sealed_log import have_all_signed
from ledger.sealing.sealer import Topic
from ledger.verify.__main__ import main as verify
from tests.sealing_world import KEY, LEDGER, NEXT_KEY, World

PLACES = [name for name in NAMES if name.startswith("seal_")]


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "archive")
    made.add("facts", 0, 300)
    made.add("facts", 1, 3)
    return made


def verified(world: World, *more: str) -> int:
    keys = [word for key in (KEY, NEXT_KEY) for word in ("--key", key.verifier.text())]
    return verify(["replay", "--archive", str(world.archive.root), *keys, "--processes", "1", *more])


def roots(world: World) -> dict[str, Any]:
    """Size and root of each log of a partition, as signed."""
    notes = (note_from(path.read_text()) for path in sorted(world.archive.root.glob("logs/*/*/checkpoint")))
    return {each.origin: (each.size, each.root) for each in (checkpoint_from(note.text) for note in notes)}


def test_what_it_seals_is_verified(world: World) -> None:
    first = world.seal()
    world.add("facts", 0, 400)
    world.add("register", 0, 1)
    second = world.seal()

    assert (first.number, first.records, first.logs) == (1, 303, 3)
    assert (second.number, second.records) == (2, 401)
    assert verified(world) == 0


def test_nothing_new_makes_no_round(world: World) -> None:
    world.seal()
    names = sorted(world.archive.root.rglob("*"))

    assert world.seal() == (1, 0, 3)
    assert sorted(world.archive.root.rglob("*")) == names


def test_the_same_log_gives_the_same_trees_whoever_seals_it(world: World, tmp_path: Path) -> None:
    world.add("facts", 1, 700)
    world.seal()
    other = World(tmp_path / "other")
    for count in (1, 255, 44):
        other.add("facts", 0, count)
        other.seal()
    for count in (256, 256, 191):
        other.add("facts", 1, count)
        other.seal()

    assert roots(other) == roots(world)


def without_next(heads: dict[str, Head]) -> dict[str, Head]:
    """Without what the next round was to be: that is PostgreSQL's alone."""
    return {origin: head for origin, head in heads.items() if not origin.endswith("/seals/next")}


class DiedError(Exception):
    """As if the process were gone here."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("passage", [1, 2, 3])
def test_dying_anywhere_makes_no_second_history(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, passage: int) -> None:
    passages = 0

    def die(name: str) -> None:
        nonlocal passages
        passages += name == place
        if name == place and passages == passage:
            raise DiedError

    for module in (sealed_log, sealer):
        monkeypatch.setattr(module, "pass_by", die)
    with pytest.raises(DiedError):
        for _ in range(passage):
            world.seal()
            world.add("facts", 0, 5)
    world.add("facts", 1, 300)  # what came before the next one begins
    world.seal()
    calm = World(tmp_path / "calm")
    calm.broker = world.broker
    monkeypatch.setattr(sealed_log, "pass_by", lambda name: None)
    calm.seal()

    assert verified(world) == 0
    assert roots(world) == roots(calm)


def test_a_second_sealer_is_fenced(world: World) -> None:
    one, other = world.sealer(), world.sealer()
    one.seal(1)
    world.add("facts", 0, 1)

    with pytest.raises(FencedError):
        other.seal(2)
    assert verified(world) == 0


def test_a_database_that_is_older_than_the_archive_is_not_sealed_on(world: World) -> None:
    world.seal()
    before = world.memory.heads()
    world.add("facts", 0, 10)
    world.seal()
    world.memory.kept = before

    with pytest.raises(OperatorError, match="the database is older"):
        world.seal()


def test_an_archive_that_is_older_than_the_database_is_not_sealed_on(world: World, tmp_path: Path) -> None:
    world.seal()
    shutil.copytree(world.archive.root, tmp_path / "copy")
    world.add("facts", 0, 10)
    world.seal()
    world.archive = Archive(tmp_path / "copy")

    with pytest.raises(OperatorError, match="is not in the archive"):
        world.seal()


def test_another_tree_of_the_same_size_is_not_sealed_on(world: World, tmp_path: Path) -> None:
    world.seal()
    other = World(tmp_path / "other")
    other.add("facts", 0, 303)
    other.add("facts", 1, 3)
    other.broker["facts", 0] = [each._replace(value=b"another", offset=each.offset - 3) for each in other.broker["facts", 0][3:]]
    other.seal()
    world.archive = other.archive

    with pytest.raises(OperatorError, match=r"two checkpoints of size|another root"):
        world.seal()


def test_a_lost_database_is_taken_from_the_archive_when_somebody_says_so(world: World) -> None:
    world.seal()
    world.add("facts", 0, 10)
    world.seal(KEY, NEXT_KEY)
    known = world.memory.heads()
    world.memory.kept = {}
    with pytest.raises(OperatorError, match="PostgreSQL knows nothing of it"):
        world.seal(KEY, NEXT_KEY)

    assert adopt(world.archive, world.memory, [KEY, NEXT_KEY]) == 4

    assert world.memory.kept == without_next(known)
    world.add("facts", 1, 1)
    assert world.seal(KEY, NEXT_KEY).number == 3
    assert verified(world) == 0
    with pytest.raises(RefusedError):
        adopt(world.archive, world.memory, [KEY, NEXT_KEY])


def test_adopting_that_was_cut_short_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.seal()
    known, world.memory.kept = world.memory.heads(), {}
    move, count = world.memory.move_head, 0

    def move_two(*arguments: Any) -> None:
        nonlocal count
        count += 1
        if count == 3:
            raise DiedError
        move(*arguments)

    monkeypatch.setattr(world.memory, "move_head", move_two)
    with pytest.raises(DiedError):
        adopt(world.archive, world.memory, [KEY])
    adopt(world.archive, world.memory, [KEY])

    assert world.memory.kept == without_next(known)


@pytest.mark.parametrize("while_it_runs", [True, False])
def test_a_sealed_record_that_reads_differently_stops_it(world: World, while_it_runs: bool) -> None:
    world.seal()
    running = world.sealer() if while_it_runs else None
    there = world.broker["facts", 0]
    there[-1] = there[-1]._replace(value=b"other")
    world.add("facts", 0, 1)
    names = sorted(world.archive.root.rglob("*"))

    with pytest.raises(OperatorError, match="facts-0 offset 299 is sealed and reads differently"):
        running.seal(1) if running else world.seal()
    assert sorted(world.archive.root.rglob("*")) == names
    assert verified(world) == 0


@pytest.mark.parametrize("while_it_runs", [True, False])
def test_a_broker_that_lost_its_end_stops_it(world: World, while_it_runs: bool) -> None:
    world.seal()
    running = world.sealer() if while_it_runs else None
    world.broker["facts", 1].pop()

    with pytest.raises(OperatorError, match="facts-1 offset 2 is sealed and is not there any more"):
        running.seal(1) if running else world.seal()


def test_a_topic_that_gets_more_partitions_is_told_again(world: World) -> None:
    world.seal()
    world.topics["facts"] = Topic("facts-topic-id", 3)
    world.broker["facts", 2] = []
    world.add("facts", 2, 2)

    assert world.seal().logs == 4
    assert verified(world) == 0


def test_a_key_takes_the_place_of_another_with_both_signing_meanwhile(world: World) -> None:
    world.seal()
    assert not have_all_signed(world.archive, [KEY, NEXT_KEY])
    assert world.seal(KEY, NEXT_KEY).number == 2  # that a key comes is news
    assert have_all_signed(world.archive, [KEY, NEXT_KEY])
    world.add("facts", 0, 1)
    assert world.seal(NEXT_KEY).number == 3  # facts-1 did not grow: its head has a signature of the old key alone

    assert verified(world) == 0
    assert world.memory.kept[f"{LEDGER}/seals"].state["all_keys"] == [KEY.verifier.text(), NEXT_KEY.verifier.text()]  # type: ignore[index]


def test_a_key_that_has_ended_signs_no_more(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.seal()
    world.seal(KEY, NEXT_KEY)
    world.seal(NEXT_KEY)
    assert verified(world) == 0
    note = note_from((world.archive.root / "seals/checkpoint").read_text())
    forged = signed(note.text, [KEY.signer(f"{LEDGER}/seals")])  # somebody has found the old key
    size = checkpoint_from(note.text).size
    for name in ("seals/checkpoint", f"seals/checkpoints/{size}"):
        (world.archive.root / name).write_text(forged)

    assert verified(world) == 1
    assert "which has ended" in capsys.readouterr().out


def test_a_strange_key_is_refused(world: World) -> None:
    world.seal()

    with pytest.raises(OperatorError, match="signed by none of our keys"):
        world.seal(NEXT_KEY)


def test_what_is_part_of_a_whole_file_goes(world: World) -> None:
    for _ in range(5):
        world.add("facts", 0, 60)
        world.seal()

    left = sorted(str(path.relative_to(world.archive.root / "logs/facts/0")) for path in world.archive.root.glob("logs/facts/0/**/*.p"))
    assert left == ["payload/002.p", "tile/0/002.p", "tile/1/000.p", "tile/entries/002.p"]
    assert verified(world) == 0


def test_a_full_disk_is_an_error_and_what_was_sealed_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.seal()
    world.add("facts", 0, 10)
    real, count = Path.write_bytes, 0

    def full(place: Path, data: bytes) -> int:
        nonlocal count
        count += 1
        if count == 3:
            raise OSError(28, "No space left on device")
        return real(place, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(LedgerError, match="No space left"):
        world.seal()
    assert verified(world) == 0
    monkeypatch.undo()

    assert world.seal().records == 10
    assert verified(world) == 0


def test_a_clock_that_is_wrong_changes_no_tree(world: World) -> None:
    world.seal()
    world.clock = 1
    world.add("facts", 0, 1)
    world.seal()

    assert verified(world) == 0


@pytest.mark.parametrize("place", ["seal_before_head", "seal_after_payload", "seal_after_pin"])
def test_a_round_that_was_begun_is_finished_as_it_was_whatever_has_grown_since(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A round holds a time and what had grown: two of one number would be two histories."""
    world.seal()
    world.add("facts", 0, 5)
    is_in_round = False

    def die(name: str) -> None:
        nonlocal is_in_round
        is_in_round = is_in_round or name == "seal_after_pin"
        if is_in_round and name == place:
            raise DiedError

    for module in (sealed_log, sealer):
        monkeypatch.setattr(module, "pass_by", die)
    with pytest.raises(DiedError):
        world.seal()
    for module in (sealed_log, sealer):
        monkeypatch.setattr(module, "pass_by", lambda name: None)
    begun = world.memory.kept["ledger.example/seals/next"]
    world.add("facts", 1, 1)
    world.add("register", 0, 1)

    assert world.seal().number == 3
    assert verified(world) == 0
    assert world.archive.has(f"seals/checkpoints/{begun.size}")


def test_a_leader_that_was_held_up_overwrites_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.seal()
    world.add("facts", 0, 5)
    held_up = world.sealer()
    publish = sealer.publish

    def takes_over(archive: Archive, logs: Any, state: Any = None) -> None:
        """While the first is held up before its round is written, another one takes its place."""
        if state is not None:
            monkeypatch.setattr(sealer, "publish", publish)
            world.add("facts", 1, 1)
            world.seal()
        publish(archive, logs, state)

    monkeypatch.setattr(sealer, "publish", takes_over)
    with pytest.raises(FencedError):
        held_up.seal(7)

    assert verified(world) == 0
    world.add("facts", 1, 1)
    world.seal()
    assert verified(world) == 0


def test_what_was_written_ahead_of_a_lost_tail_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.seal()
    world.add("facts", 0, 5)
    monkeypatch.setattr(sealed_log, "pass_by", lambda name: (_ for _ in ()).throw(DiedError) if name == "seal_before_head" else None)
    with pytest.raises(DiedError):
        world.seal()
    monkeypatch.setattr(sealed_log, "pass_by", lambda name: None)
    there = world.broker["facts", 0]
    world.broker["facts", 0] = [*there[:-5], *(each._replace(value=b"another") for each in there[-5:-1])]

    world.seal()
    assert verified(world) == 0


DAMAGED = {
    "an entry of the last bundle": ("logs/facts/0/tile/entries/001.p/45", 30),
    "a record of the last bundle": ("logs/facts/1/payload/000.p/4.avro", -25),
    "a hash of the last tile": ("logs/facts/0/tile/0/001.p/45", 40),
    "an entry of the seals": ("seals/tile/entries/000.p/7", 100),
    "genesis of a large log": ("logs/facts/0/genesis.json", 20),
    "genesis of a small log": ("logs/facts/1/genesis.json", 20),
}


@pytest.mark.parametrize("what", DAMAGED)
@pytest.mark.parametrize("is_lost", [True, False])
def test_damage_where_a_log_goes_on_stops_it(world: World, what: str, is_lost: bool) -> None:
    """What is sealed on is copied into whole files: damage would become part of what is signed."""
    name, at = DAMAGED[what]
    world.seal()
    path = world.archive.root / name
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.unlink() if is_lost else path.write_bytes(bytes(data))
    for topic, partition in world.broker:
        world.add(topic, partition, 300)

    with pytest.raises(OperatorError):
        world.seal()


def test_a_topic_that_was_made_anew_says_what_to_do(world: World) -> None:
    world.seal()
    world.topics["facts"] = Topic("another-id", 2)

    with pytest.raises(OperatorError, match=r"the archive holds ledger.example/facts/0/facts-to") as caught:
        world.seal()
    assert "an archive of its own" in str(caught.value.hint)


def test_entries_of_the_seals_that_nobody_signed_are_not_adopted(world: World) -> None:
    world.seal()
    path = world.archive.root / "seals/tile/entries/000.p/7"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))
    world.memory.kept = {}

    with pytest.raises(OperatorError, match="are not those that were signed"):
        adopt(world.archive, world.memory, [KEY])
