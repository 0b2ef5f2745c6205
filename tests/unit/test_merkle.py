"""The tree of RFC 6962: published vectors, and every size of a small tree against the recursive definition."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256

import pytest

from ledger.evidence.merkle import EMPTY_ROOT, Frontier, leaf_hash, root_of
from ledger.evidence.proofs import consistency_proof, inclusion_proof, is_consistent, is_included, subtree

# Certificate Transparency's own test tree: transparency-dev/merkle, testonly/constants.go.
LEAVES = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# draft-ietf-plants-merkle-tree-certs, appendix "Subtree Test Vectors": over all trees of up to 130 leaves 00, 01, ...
SIZE = 130
ALL_SUBTREES = "b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81"
ALL_CONSISTENCIES = "c586ebbb73a5621baf2140095d87dde934e3b6503a562a1a5215b8209edd083d"
ALL_INCLUSIONS = "ac2a8f989e44d99e399db448050ff5f19757df53cfb716aa81015d3955d8163f"
HASHES = [leaf_hash(bytes([number])) for number in range(SIZE)]


@cache
def nodes(height: int, number: int) -> bytes:
    return mth(HASHES[number << height : (number + 1) << height])


def mth(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def subtrees() -> list[tuple[int, int]]:
    """All [begin, end) where begin is a multiple of the least power of two not below their number, and the empty ones; in the draft's order."""
    return [
        (begin, end)
        for end in range(SIZE + 1)
        for begin in range(end + 1)
        if begin == end or begin % (1 << (end - begin - 1).bit_length()) == 0
    ]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root_of(map(leaf_hash, LEAVES[:size])).hex() == ROOTS[size]


def test_all_subtrees_up_to_130_leaves_are_those_of_the_draft() -> None:
    rolling = sha256()
    for begin, end in subtrees():
        root = EMPTY_ROOT if begin == end else subtree(begin, end, nodes)
        rolling.update(f"[{begin}, {end}) {root.hex()}\n".encode())

    assert rolling.hexdigest() == ALL_SUBTREES


def test_all_proofs_of_inclusion_up_to_130_leaves_are_those_of_the_draft() -> None:
    rolling = sha256()
    for begin, end in subtrees():
        for index in range(begin, end):
            proof = inclusion_proof(index - begin, end - begin, lambda height, number, begin=begin: nodes(height, number + (begin >> height)))
            rolling.update((f"{index} [{begin}, {end})" + "".join(f" {each.hex()}" for each in proof) + "\n").encode())

    assert rolling.hexdigest() == ALL_INCLUSIONS


@cache
def over(begin: int, end: int) -> bytes:
    return mth(HASHES[begin:end])


def rolling_consistencies(whole: Callable[[int, int], list[bytes]]) -> str:
    """The draft's sum over all proofs that a subtree is part of a tree. whole: (old, new) -> the proof of one that begins at the first leaf.

    Those of other subtrees, which no log hands out, are made here by the draft's definition.
    """

    def proof(begin: int, end: int, low: int, high: int) -> list[bytes]:
        if (begin, end) == (low, high):
            return []
        if begin == low == 0:
            return whole(end, high)
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if end <= middle:
            return [*proof(begin, end, low, middle), over(middle, high)]
        if begin >= middle:
            return [*proof(begin, end, middle, high), over(low, middle)]
        return [*cut(end, middle, high), over(low, middle)]

    def cut(end: int, low: int, high: int) -> list[bytes]:
        """Of the part of a subtree that lies behind `low`, whose own hash nobody has."""
        if end == high:
            return [over(low, high)]
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if end <= middle:
            return [*cut(end, low, middle), over(middle, high)]
        return [*cut(end, middle, high), over(low, middle)]

    rolling, valid = sha256(), [(begin, end) for begin, end in subtrees() if begin < end]
    for size in range(SIZE + 1):
        for begin, end in (each for each in valid if each[1] <= size):
            hashes = "".join(f" {each.hex()}" for each in proof(begin, end, 0, size))
            rolling.update(f"[{begin}, {end}) {size}{hashes}\n".encode())
    return rolling.hexdigest()


def test_all_proofs_of_consistency_up_to_130_leaves_are_those_of_the_draft() -> None:
    assert rolling_consistencies(lambda old, new: consistency_proof(old, new, nodes)) == ALL_CONSISTENCIES


def test_a_tree_that_grows_has_the_root_of_the_definition_at_every_size() -> None:
    tree = Frontier()
    for size, leaf in enumerate(HASHES, start=1):
        tree.append(leaf)
        assert (tree.size, tree.root()) == (size, mth(HASHES[:size]))


def test_a_tree_goes_on_from_its_frontier() -> None:
    for size in range(1, SIZE):
        tree = Frontier()
        for leaf in HASHES[:size]:
            tree.append(leaf)
        again = Frontier(tree.size, tree.nodes)
        again.append(HASHES[size])
        assert again.root() == mth(HASHES[: size + 1])


def test_what_a_leaf_completes_is_given_from_the_leaf_up() -> None:
    tree = Frontier()
    for number, leaf in enumerate(HASHES):
        completed = tree.append(leaf)
        assert completed == [nodes(height, number >> height) for height in range(len(completed))]
        assert len(completed) == ((number + 1) & -(number + 1)).bit_length()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 6, 7, 8, 9, 40])
def test_every_leaf_is_proven_and_nothing_else_is(size: int) -> None:
    root = mth(HASHES[:size])
    for index in range(size):
        proof = inclusion_proof(index, size, nodes)
        assert is_included(HASHES[index], index, size, proof, root)
        wrong = [
            (HASHES[index + 1], index, size, proof, root), (HASHES[index], index, size, [*proof, root], root),
            (HASHES[index], size, size, proof, root), (HASHES[index], index, size, proof, HASHES[-1]), (HASHES[index], -1, size, proof, root),
            (HASHES[index], index, size, [b""], root),
            *((HASHES[index], other, size, proof, root) for other in range(size) if other != index),
            *((HASHES[index], index, size, proof[:cut] + proof[cut + 1 :], root) for cut in range(len(proof))),
            *((HASHES[index], index, size, [*proof[:cut], bytes(32), *proof[cut + 1 :]], root) for cut in range(len(proof))),
        ]  # fmt: skip
        assert not any(is_included(*each) for each in wrong)


def test_every_tree_is_shown_to_begin_every_larger_one_and_no_other_is() -> None:
    for new in range(34):
        for old in range(new + 1):
            proof, old_root, new_root = consistency_proof(old, new, nodes), mth(HASHES[:old]), mth(HASHES[:new])
            assert is_consistent(old, new, proof, old_root, new_root)
            forked = mth([*HASHES[: old - 1], HASHES[-1]]) if old else HASHES[-1]
            wrong = [
                (old, new, proof, forked, new_root), (old, new, [*proof, old_root], old_root, new_root),
                *((old, new, proof[:cut] + proof[cut + 1 :], old_root, new_root) for cut in range(len(proof))),
                *((old, new, [*proof[:cut], bytes(32), *proof[cut + 1 :]], old_root, new_root) for cut in range(len(proof))),
                *(((old + 1, new, proof, old_root, new_root),) if 0 < old < new else ()), (new + 1, new, proof, new_root, old_root),
            ]  # fmt: skip
            if old:
                wrong.append((old, new, proof, old_root, mth([*HASHES[: new - 1], HASHES[-1]])))
            assert not any(is_consistent(*each) for each in wrong)


def test_what_cannot_be_proven_is_refused() -> None:
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="cannot prove inclusion"):
            inclusion_proof(index, size, nodes)
    for old, new in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="cannot prove consistency"):
            consistency_proof(old, new, nodes)
    with pytest.raises(ValueError, match="cannot continue tree"):
        Frontier(3, [EMPTY_ROOT])
