"""A clock that is wrong by a year, of the sealer or of the auditor: trees do not depend on it, and the auditor is told in words."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ledger.verify.__main__ import main as verify
from tests.sealing_world import KEY, World

YEAR = 366 * 24 * 3600
FUTURE = "in the future: the sealer's clock or this one is wrong"


def world_at(root: Path, seconds: float) -> World:
    """Two rounds, sealed by a clock that is wrong by so much."""
    made = World(root)
    made.clock = round((time.time() + seconds) * 1000)
    for partition in (0, 1):
        made.add("facts", partition, 20)
        made.seal()
    return made


def asked(world: World, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = verify(["replay", "--archive", str(world.archive.root), "--key", KEY.verifier.text(), *more])
    return code, capsys.readouterr().out


def roots(world: World) -> dict[str, bytes]:
    folder = world.archive.root
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("logs/*/*/checkpoint")}


def test_a_sealer_a_year_ahead_is_told_and_never_passes_for_fresh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ahead = world_at(tmp_path / "ahead", YEAR)

    code, said = asked(ahead, capsys)
    assert (code, FUTURE in said) == (0, True), said
    for limit in ("3600", str(2 * YEAR)):
        code, said = asked(ahead, capsys, "--max-age", limit)
        assert (code, FUTURE in said, "VERIFIED" in said) == (2, True, False), said
    code, said = asked(ahead, capsys, "--max-age", "3600", "--json")
    last = json.loads(said.splitlines()[-1])
    assert (last["verdict"], FUTURE in last["why"][0], FUTURE in last["notes"][0]) == ("undecided", True, True)
    assert "-3" not in said, "no age below nothing"


def test_a_sealer_a_year_behind_is_too_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    behind = world_at(tmp_path / "behind", -YEAR)

    code, said = asked(behind, capsys, "--max-age", "3600")
    assert (code, FUTURE in said) == (2, False)
    assert "s old, over 3600 s" in said
    assert asked(behind, capsys)[0] == 0


def test_two_clocks_some_seconds_apart_are_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = asked(world_at(tmp_path, 20), capsys, "--max-age", "3600")
    assert (code, FUTURE in said, "newest round is 0 s old" in said) == (0, False, True), said


def test_a_clock_put_right_is_told_and_the_trees_are_those_of_a_right_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, right = world_at(tmp_path / "wrong", YEAR), world_at(tmp_path / "right", -10)
    for each in (wrong, right):
        each.clock = round(time.time() * 1000)
        each.add("facts", 0, 3)
        each.seal()

    assert roots(wrong) == roots(right)
    code, said = asked(wrong, capsys, "--max-age", "3600")
    assert (code, "1 rounds say an earlier time than the round before them" in said) == (0, True), said
    assert "earlier time" not in asked(right, capsys)[1]


def test_an_auditor_whose_own_clock_is_wrong_is_told_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed, now = world_at(tmp_path, -10), time.time()
    monkeypatch.setattr("ledger.verify.__main__.time.time", lambda: now - YEAR)
    code, said = asked(sealed, capsys, "--max-age", "3600")
    assert (code, FUTURE in said) == (2, True)
    monkeypatch.setattr("ledger.verify.__main__.time.time", lambda: now + YEAR)
    assert asked(sealed, capsys, "--max-age", "3600")[0] == 2
