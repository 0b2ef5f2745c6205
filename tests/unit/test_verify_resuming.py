"""A verification that is cut short goes on, and says what it has passed over; what changed since is checked again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.verify import replay
from ledger.verify.__main__ import main as verify
from tests.sealing_world import KEY, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "archive")
    for partition in (0, 1):
        made.add("facts", partition, 300)
    made.seal()
    return made


def run(world: World, capsys: pytest.CaptureFixture[str], resume: Path) -> tuple[int, list[str]]:
    code = verify(["replay", "--archive", str(world.archive.root), "--key", KEY.verifier.text(), "--resume", str(resume), "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])["notes"]


def cut_short(world: World, capsys: pytest.CaptureFixture[str], resume: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A run that dies when it has checked so many logs."""
    real, count = replay.check_log, 0

    def die(*arguments: object) -> replay.Report:
        nonlocal count
        count += 1
        if count > after:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replay, "check_log", die)
    with pytest.raises(KeyboardInterrupt):
        run(world, capsys, resume)
    monkeypatch.setattr(replay, "check_log", real)


def test_what_was_checked_is_passed_over_and_said(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = tmp_path / "done"
    cut_short(world, capsys, resume, monkeypatch, 2)
    with resume.open("a") as out:
        out.write('["half a li')
    checked = []
    monkeypatch.setattr(replay, "check_log", lambda task, _, real=replay.check_log: checked.append(task.topic) or real(task, _))

    code, notes = run(world, capsys, resume)

    assert code == 0
    assert checked == ["register"]
    assert sum("passed over, an earlier run had checked it up to size 301" in note for note in notes) == 2
    assert not resume.exists()


def test_a_log_that_has_grown_is_checked_again(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = tmp_path / "done"
    cut_short(world, capsys, resume, monkeypatch, 2)
    world.add("facts", 0, 1)
    world.seal()
    payload = next(world.archive.root.glob("logs/facts/0/payload/*.avro"))
    data = payload.read_bytes()
    payload.write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])

    code, notes = run(world, capsys, resume)

    assert code == 1
    assert not any("facts/0" in note and "passed over" in note for note in notes)


def test_a_log_with_a_finding_is_never_passed_over(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    payload = next(world.archive.root.glob("logs/facts/0/payload/*.avro"))
    data = payload.read_bytes()
    payload.write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])

    for _ in range(2):
        assert run(world, capsys, tmp_path / "done")[0] == 1


@pytest.mark.parametrize("when", ["before it is read", "before it is taken away"])
def test_another_run_that_ends_meanwhile_takes_the_file_away_and_nothing_fails(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    resume = tmp_path / "done"
    cut_short(world, capsys, resume, monkeypatch, 2)
    read, end = Path.read_text, replay.Resuming.is_over

    def gone(path: Path) -> str:
        if path == resume:
            resume.unlink()
        return read(path)

    def ended(resuming: replay.Resuming) -> None:
        resume.unlink()
        end(resuming)

    if when == "before it is read":
        monkeypatch.setattr(Path, "read_text", gone)
    else:
        monkeypatch.setattr(replay.Resuming, "is_over", ended)

    assert run(world, capsys, resume)[0] == 0
