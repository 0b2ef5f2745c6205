"""Witnesses: what is cosigned goes on from what was seen, what is kept is checked by foreign code, and no witness signs two histories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.errors import DataError, RefusedError
from ledger.evidence.cosignatures import Witness, cosignature, cosigned_by, witness_from
from ledger.evidence.notes import NoteError, Verifier, note_from
from ledger.sealing.keys import SealingKey
from ledger.sealing.witnessing import cosign, keep, request
from ledger.verify.__main__ import main as verify
from tests.sealing_world import KEY, NEXT_KEY, World

DPO, PEER = SealingKey("dpo.example", bytes(range(2, 34))), SealingKey("peer.example/w1", bytes(range(3, 35)))
LOG = Verifier("ledger.example/seals", KEY.verifier.key)
NOW = 1_790_000_000


def witness(key: SealingKey) -> Witness:
    return Witness(key.ledger, key.verifier.key)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "archive")
    made.add("facts", 0, 3)
    made.seal()
    return made


def answered(world: World, tmp_path: Path, key: SealingKey = DPO, since: int = 0) -> str:
    return cosign(request(world.archive, since), LOG, key, tmp_path / f"{key.ledger.partition('.')[0]}.json", NOW)


def size_of(world: World) -> int:
    return world.memory.kept["ledger.example/seals"].size


def verified(world: World, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    code = verify(["replay", "--archive", str(world.archive.root), "--key", KEY.verifier.text(), "--json", *words])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def words(*keys: SealingKey) -> list[str]:
    return [word for key in keys for word in ("--witness", witness(key).text())]


def test_a_witness_that_follows_makes_trust_of_level_3(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for round_number in range(4):
        since = size_of(world) if round_number else 0
        world.add("facts", 0, 40)
        if round_number:
            world.seal()
        size, names = keep(world.archive, answered(world, tmp_path, since=since), [witness(DPO), witness(PEER)])
        assert (size, names) == (size_of(world), ["dpo.example"])

    code, said = verified(world, capsys, *words(DPO), "--level", "L3")
    assert (code, said["level"], said["cosigned"]) == (0, "L3", {"size": size_of(world), "by": {"dpo.example": NOW}})


def test_a_quorum_is_of_several(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(world.archive, answered(world, tmp_path), [witness(DPO)])
    assert verified(world, capsys, *words(DPO, PEER), "--level", "L3")[0] == 2
    assert verified(world, capsys, *words(DPO, PEER), "--quorum", "1", "--level", "L3")[0] == 0

    keep(world.archive, answered(world, tmp_path, PEER), [witness(PEER)])
    code, said = verified(world, capsys, *words(DPO, PEER), "--level", "L3")
    assert (code, said["cosigned"]) == (0, {"size": size_of(world), "by": {"dpo.example": NOW, "peer.example/w1": NOW}})


def test_what_is_cosigned_up_to_an_older_size_says_so(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(world.archive, answered(world, tmp_path), [witness(DPO)])
    before = size_of(world)
    world.add("facts", 0, 1)
    world.seal()

    code, said = verified(world, capsys, *words(DPO))
    assert (code, said["level"]) == (0, "L0")
    assert f"the seals log is cosigned up to size {before} of {size_of(world)}" in said["notes"]  # type: ignore[operator]


def test_an_answer_that_comes_late_is_kept_with_its_own_checkpoint(world: World, tmp_path: Path) -> None:
    answer, size = answered(world, tmp_path), size_of(world)
    world.add("facts", 0, 1)
    world.seal()

    assert keep(world.archive, answer, [witness(DPO)]) == (size, ["dpo.example"])
    assert keep(world.archive, answer, [witness(DPO)]) == (size, ["dpo.example"])
    assert (world.archive.root / f"seals/cosigned/{size}").read_text().count("dpo.example") == 1


def test_no_witness_signs_another_history(world: World, tmp_path: Path) -> None:
    answered(world, tmp_path)
    other = World(tmp_path / "other")
    other.add("facts", 1, 3)
    other.seal()
    other.add("facts", 1, 3)
    other.seal()

    with pytest.raises(DataError, match="does not go on from"):
        answered(other, tmp_path, since=size_of(world))
    with pytest.raises(RefusedError, match=f"expected old {size_of(world)}"):
        answered(other, tmp_path, since=0)


def test_the_same_checkpoint_is_cosigned_again(world: World, tmp_path: Path) -> None:
    """Whoever died between noting and answering is asked again."""
    first = answered(world, tmp_path)

    assert answered(world, tmp_path, since=size_of(world)) == first


def test_an_older_checkpoint_is_not_cosigned_after_a_newer_one(world: World, tmp_path: Path) -> None:
    old = request(world.archive, 0)
    world.add("facts", 0, 1)
    world.seal()
    answered(world, tmp_path)

    with pytest.raises(RefusedError):
        cosign(old, LOG, DPO, tmp_path / "dpo.json", NOW)


def test_what_the_log_did_not_sign_is_not_cosigned(world: World, tmp_path: Path) -> None:
    asked = request(world.archive, 0)
    for text in (asked.replace("ledger.example/seals", "ledger.example/other"), asked[:-20] + "\n", "old 0\n", "", asked.replace("old 0", "old x")):
        with pytest.raises(DataError):
            cosign(text, LOG, DPO, tmp_path / "dpo.json", NOW)
    with pytest.raises(DataError):
        cosign(asked, Verifier(LOG.name, NEXT_KEY.verifier.key), DPO, tmp_path / "dpo.json", NOW)
    assert not (tmp_path / "dpo.json").exists()


def test_a_forged_answer_is_not_kept_and_one_that_was_changed_is_found(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = answered(world, tmp_path)
    with pytest.raises(DataError):
        keep(world.archive, answer, [witness(PEER)])
    with pytest.raises(DataError):
        keep(world.archive, cosignature("another\n1\nAA==\n", DPO.ledger, DPO.seed, NOW), [witness(DPO)])
    keep(world.archive, answer, [witness(DPO)])
    place = world.archive.root / f"seals/cosigned/{size_of(world)}"
    text = place.read_text()
    place.write_text(text[:-8] + ("A" if text[-8] != "A" else "B") + text[-7:])

    assert verified(world, capsys, *words(DPO))[0] == 1


def test_the_form_of_the_page() -> None:
    """The example of C2SP tlog-cosignature: name, id and time of its cosignature, read by our reader."""
    note = note_from(
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    name, key_id, data = note.signatures[1]
    assert (name, key_id.hex(), len(data), int.from_bytes(data[:8], "big")) == ("witness.example.com/w1", "8d66cf3f", 72, 1679315147)

    mine = note_from(note.text + "\n" + cosignature(note.text, DPO.ledger, DPO.seed, 1679315147))
    assert cosigned_by(mine, [witness(DPO)]) == {witness(DPO): 1679315147}
    with pytest.raises(NoteError):
        cosigned_by(mine._replace(text=note.text.replace("20852163", "20852164")), [witness(DPO)])


def test_the_key_of_a_log_is_none_of_a_witness() -> None:
    with pytest.raises(NoteError):
        witness_from(KEY.verifier.text())
    assert witness_from(witness(DPO).text()) == witness(DPO)


def test_witnesses_do_not_stand_in_for_a_checkpoint_that_was_kept(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(world.archive, answered(world, tmp_path), [witness(DPO)])

    assert verified(world, capsys, *words(DPO), "--level", "L1")[0] == 2


def test_an_answer_with_loose_bits_is_not_kept(world: World, tmp_path: Path) -> None:
    line = answered(world, tmp_path).rstrip("\n")
    assert line.endswith("=")
    place = len(line.rstrip("=")) - 1
    loose = line[:place] + chr(ord(line[place]) + 1) + line[place + 1 :] + "\n"

    with pytest.raises(DataError):
        keep(world.archive, loose, [witness(DPO)])


def test_an_answer_is_kept_with_the_size_that_is_told(world: World, tmp_path: Path) -> None:
    answer, size = answered(world, tmp_path), size_of(world)
    world.add("facts", 0, 1)
    world.seal()

    with pytest.raises(DataError):
        keep(world.archive, answer, [witness(DPO)], size_of(world))
    assert keep(world.archive, answer, [witness(DPO)], size)[0] == size
