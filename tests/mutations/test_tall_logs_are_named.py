"""A log with tiles of level 2 (over 65,536 entries), changed in hundreds of places at once: each is found and named, and the lowest is the first."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutations.changing import flipped
from tests.mutations.places import Place, Places, judged
from tests.naive_archive import Archive, Log, events

SIZE = 65_536 + 300


def tall() -> Archive:
    return Archive([Log("facts", 0, events(SIZE - 1))])


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tall().write(tmp_path_factory.mktemp("tall"))


@pytest.fixture(scope="module")
def places() -> Places:
    return Places(tall())


Draw = Callable[[random.Random, bytes], list[int]]


def one(draw: random.Random, good: bytes) -> list[int]:
    return [draw.randrange(len(good))]


def one_of_an_entry(draw: random.Random, good: bytes) -> list[int]:
    return [57 * draw.randrange(len(good) // 57) + draw.randrange(2, 57)]


def many(draw: random.Random, good: bytes) -> list[int]:
    return sorted(32 * i + draw.randrange(32) for i in draw.sample(range(len(good) // 32), min(100, len(good) // 32)))


@pytest.mark.parametrize(
    ("kind", "count", "positions"),
    [("tile/entries", 258, one_of_an_entry), ("tile/0", 258, one), ("payload", 258, one), ("tile/1", 2, many), ("tile/2", 1, one)],
)
def test_changes_all_over_a_tall_log(archive: Path, places: Places, kind: str, count: int, positions: Draw) -> None:
    folder = archive / "logs/facts/0" / kind
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) == count
    draw, before, expected = random.Random(kind), {file: file.read_bytes() for file in files}, []  # noqa: S311
    for file, good in before.items():
        name, bad = file.relative_to(archive).as_posix(), good
        for at in positions(draw, good):
            one_bad = flipped(good, at, 1 << draw.randrange(8))
            bad = flipped(bad, at, good[at] ^ one_bad[at])
            expected += [each for each in [places.of_flip(name, good, one_bad)] if each]
        file.write_bytes(bad)
    code, found = judged(archive)
    for file, good in before.items():
        file.write_bytes(good)

    assert code == 1
    assert len(expected) >= count - 1
    assert [place for place in expected if not any(place.is_named_by(each) for each in found)] == []
    assert lowest(expected).is_named_by(found[0])


def lowest(places: list[Place]) -> Place:
    return min(places, key=lambda place: -1 if place.index is None else place.index)


def test_the_tall_log_itself_is_verified(archive: Path) -> None:
    assert judged(archive) == (0, [])
