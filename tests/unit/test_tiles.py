"""Tiles: the numbers of the specification, and every node of trees of many sizes read back from their tiles."""

from __future__ import annotations

import pytest

from ledger.evidence.merkle import Frontier, leaf_hash
from ledger.evidence.proofs import consistency_proof, inclusion_proof, is_consistent, is_included
from ledger.evidence.tiles import Tile, bundle, bundles_of, nodes_of, number_path, tiles_of


@pytest.mark.parametrize(("number", "path"), [(0, "000"), (67, "067"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")])
def test_a_number_is_a_path(number: int, path: str) -> None:
    assert number_path(number) == path


def test_a_tile_has_its_place() -> None:
    assert Tile(0, 273, 112).path == "tile/0/273.p/112"
    assert Tile(1, 1234067).path == "tile/1/x001/x234/067"
    assert Tile(None, 0, 1).path == "tile/entries/000.p/1"


def test_seventy_thousand_leaves_have_the_tiles_of_the_specification() -> None:
    """273 full and one of 112; one full and one of 17; one of 1."""
    found = list(tiles_of(0, 70_000))

    assert [each for each in found if each.level == 0] == [*(Tile(0, number) for number in range(273)), Tile(0, 273, 112)]
    assert [each for each in found if each.level == 1] == [Tile(1, 0), Tile(1, 1, 17)]
    assert [each for each in found if each.level == 2] == [Tile(2, 0, 1)]
    assert list(bundles_of(0, 70_000)) == [*(Tile(None, number) for number in range(273)), Tile(None, 273, 112)]


@pytest.mark.parametrize(
    ("old", "new", "tiles"),
    [(0, 1, [Tile(0, 0, 1)]), (1, 1, []), (255, 256, [Tile(0, 0), Tile(1, 0, 1)]), (256, 257, [Tile(0, 1, 1)]), (0, 0, []),
     (300, 600, [Tile(0, 1), Tile(0, 2, 88), Tile(1, 0, 2)])],
)  # fmt: skip
def test_growing_brings_only_the_tiles_that_changed(old: int, new: int, tiles: list[Tile]) -> None:
    assert list(tiles_of(old, new)) == tiles
    assert list(bundles_of(old, new)) == [Tile(None, each.number, each.width) for each in tiles if each.level == 0]


def test_a_bundle_has_each_entry_after_its_length() -> None:
    assert bundle([b"ab", b"", b"c"]) == b"\0\2ab\0\0\0\1c"
    with pytest.raises(ValueError, match="at most 65535 bytes"):
        bundle([bytes(65_536)])


SIZES = (1, 2, 255, 256, 257, 511, 513, 700, 65_536, 66_000)


def test_proofs_come_from_tiles_alone() -> None:
    tree, levels, roots = Frontier(), dict[int, list[bytes]](), {0: Frontier().root()}
    for number in range(SIZES[-1]):
        for height, node in enumerate(tree.append(leaf_hash(number.to_bytes(4, "big")))):
            levels.setdefault(height, []).append(node)
        if tree.size in SIZES:
            roots[tree.size] = tree.root()
    for size in SIZES:
        files = {each: b"".join(levels[8 * (each.level or 0)][each.number * 256 : each.number * 256 + each.width]) for each in tiles_of(0, size)}
        nodes = nodes_of(size, files.__getitem__)
        for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
            assert is_included(levels[0][index], index, size, inclusion_proof(index, size, nodes), roots[size])
        for old in (0, *SIZES):
            if old <= size:
                assert is_consistent(old, size, consistency_proof(old, size, nodes), roots[old], roots[size])
