"""Bundles: made by what knows the archive, checked by what knows only the page; every change of one is found."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.auditing.bundles import Place, bundle, places_in
from ledger.auditing.sealed_archive import SealedArchive
from ledger.errors import DataError
from ledger.evidence.entries import Record
from ledger.verify.__main__ import main as verify
from tests.sealing_world import KEY, NEXT_KEY, World

EVENT_ID = bytes(range(16))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "archive")
    made.add("facts", 0, 300)
    made.add("register", 0, 2)
    made.broker["facts", 1] = [Record(offset, 1_790_000_000_000, 1, b"k", b"\0\0\0\0\7" + EVENT_ID + b"rest", ()) for offset in range(1)]
    made.seal()
    made.add("facts", 0, 400)
    made.seal()
    made.add("facts", 0, 1)
    made.seal()
    return made


PLACES = [Place("facts", 0, 0), Place("facts", 0, 254), Place("facts", 0, 255), Place("facts", 0, 700), Place("facts", 1, 0), Place("register", 0, 1)]
ANSWER = {
    "holdings": [{"rests_on": [{"topic": "facts", "partition": 1, "offset": 0, "event_id": EVENT_ID.hex()}]}],
    "lost": {"event_id": "00", "offset": None},
}


def made(world: World, places: list[Place] = PLACES, answer: Any = None) -> dict[str, Any]:
    return bundle(SealedArchive(world.archive), places, answer)


def checked(folder: Path, said: Any, capsys: pytest.CaptureFixture[str], key: Any = KEY) -> tuple[int, list[str]]:
    path = folder / "bundle.json"
    path.write_text(said if isinstance(said, str) else json.dumps(said))
    code = verify(["bundle", str(path), "--key", key.verifier.text(), "--json"])
    return code, [json.loads(line).get("reason", "") for line in capsys.readouterr().out.splitlines()[:-1]]


def test_records_of_several_logs_are_proven_from_one_file(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, reasons = checked(tmp_path, made(world, answer=ANSWER), capsys)

    assert (code, reasons) == (0, [])


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 511, 513])
def test_every_record_of_a_log_of_any_size_is_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str], count: int) -> None:
    world = World(tmp_path / "archive")
    world.add("facts", 0, count)
    world.seal()

    said = made(world, [Place("facts", 0, offset) for offset in range(count)])
    assert checked(tmp_path, said, capsys) == (0, [])
    assert len(said["records"]) == count


def test_what_is_not_sealed_is_not_proven(world: World) -> None:
    world.add("facts", 0, 1)

    with pytest.raises(DataError, match="facts-0 offset 701: it is not sealed yet"):
        made(world, [Place("facts", 0, 701)])


def test_a_log_that_has_grown_since_its_newest_round_is_proven_by_it(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (world.archive.root / "seals/checkpoint").read_bytes()
    kept = {path: path.read_bytes() for path in (world.archive.root / "seals").rglob("*") if path.is_file()}
    world.add("facts", 0, 100)
    world.seal()
    for path in list((world.archive.root / "seals").rglob("*")):
        if path.is_file() and path not in kept:
            path.unlink()
    for path, data in kept.items():
        path.write_bytes(data)

    assert made(world)["seals"].encode() == before
    assert checked(tmp_path, made(world), capsys) == (0, [])


def test_a_strange_key_proves_nothing(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(tmp_path, made(world), capsys, NEXT_KEY) == (1, ["signature-wrong"])


def test_an_answer_that_rests_on_another_event_is_found(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for change in ({"offset": 1}, {"partition": 0}, {"event_id": "f" * 32}, {"topic": "register"}):
        answer = copy.deepcopy(ANSWER)
        answer["holdings"][0]["rests_on"][0] |= change  # type: ignore[index]
        assert checked(tmp_path, made(world, answer=answer), capsys) == (1, ["record-missing"]), change


def changes(said: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Callable[[Any], Any]]]:
    """Each value in a bundle, and ways to make it another."""
    if isinstance(said, dict):
        for name, value in said.items():
            yield from changes(value, (*at, name))
    elif isinstance(said, list):
        for place, value in enumerate(said):
            yield from changes(value, (*at, place))
        if said:
            yield at, lambda old: old[:-1]
            yield at, lambda old: [*old, old[-1]]
    elif isinstance(said, str):
        for place in range(0, len(said), max(1, len(said) // 4)):
            yield at, lambda old, place=place: old[:place] + ("A" if old[place] != "A" else "B") + old[place + 1 :]  # type: ignore[misc]
        yield at, lambda old: old[:-1]
    elif isinstance(said, int):
        yield at, lambda old: old + 1
        yield at, lambda old: -1
    elif said is None:
        yield at, lambda old: ""


def test_every_change_of_a_bundle_is_found(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All but those that leave the same records proven: a record or log less, or one said twice; the trailing signature lines of others."""
    said = made(world, [Place("facts", 0, 254), Place("facts", 0, 700), Place("facts", 1, 0)])
    passed = []
    count = 0
    for at, change in changes(said):
        other = copy.deepcopy(said)
        where: Any = other
        for step in at[:-1]:
            where = where[step]
        where[at[-1]] = change(where[at[-1]])
        if other == said:
            continue
        count += 1
        if checked(tmp_path, other, capsys)[0] == 0:
            passed.append(at)

    assert count > 250
    assert set(passed) <= {("records",), ("logs",), ("answer",)}, passed


@pytest.mark.parametrize("text", ["{", "[]", "null", "{}", '{"format": 2}', "[" * 100_000, '{"format": 1, "ledger": "ledger.example"}'])
def test_what_is_no_bundle_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert checked(tmp_path, text, capsys) == (1, ["file-broken"])


def test_an_empty_file_says_nothing_about_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(tmp_path, "", capsys)[0] == 2


def test_a_kept_checkpoint_of_another_size_is_said_not_to_be_compared(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, state = tmp_path / "bundle.json", tmp_path / "kept"
    state.write_bytes((world.archive.root / "seals/checkpoint").read_bytes())
    world.add("facts", 0, 1)
    world.seal()
    path.write_text(json.dumps(made(world)))

    assert verify(["bundle", str(path), "--key", KEY.verifier.text(), "--state", str(state)]) == 0
    assert "NOT compared: the checkpoint that you kept is of size" in capsys.readouterr().out
    assert verify(["bundle", str(path), "--key", KEY.verifier.text()]) == 0
    assert "NOT compared" not in capsys.readouterr().out


def test_a_reader_who_has_seen_enough_changes_no_verdict(world: World, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(made(world)))
    words = [sys.executable, "-m", "ledger.verify", "bundle", str(path), "--key", KEY.verifier.text()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()  # nobody reads: each write breaks
        assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_the_kept_checkpoint_is_compared_where_it_has_the_same_size(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, state = tmp_path / "bundle.json", tmp_path / "kept"
    path.write_text(json.dumps(made(world)))
    state.write_bytes((world.archive.root / "seals/checkpoint").read_bytes())
    words = ["bundle", str(path), "--key", KEY.verifier.text(), "--state", str(state)]
    assert verify(words) == 0

    other = World(tmp_path / "other")
    other.add("facts", 0, 300)
    other.add("facts", 1, 1)
    other.add("register", 0, 2)
    other.seal()
    for count in (399, 2):
        other.add("facts", 0, count)
        other.seal()
    state.write_bytes((other.archive.root / "seals/checkpoint").read_bytes())
    assert verify(words) == 1
    assert "checkpoint-conflict" in capsys.readouterr().out


def test_the_places_in_an_answer() -> None:
    assert places_in(ANSWER) == [Place("facts", 1, 0)]


def test_an_event_without_a_place_is_counted_and_said(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = copy.deepcopy(ANSWER)
    answer["holdings"][0]["rests_on"][0]["offset"] = None  # type: ignore[index]
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(made(world, answer=answer)))

    assert verify(["bundle", str(path), "--key", KEY.verifier.text()]) == 0
    assert "but for 1 that it names without a place" in capsys.readouterr().out

    del answer["holdings"][0]["rests_on"][0]["offset"]  # type: ignore[index]
    assert checked(tmp_path, made(world, answer=answer), capsys) == (1, ["file-broken"])


def test_a_bundle_without_a_record_proves_nothing(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = made(world) | {"records": []}

    assert checked(tmp_path, said, capsys) == (2, [])
