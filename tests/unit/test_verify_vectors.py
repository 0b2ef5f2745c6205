"""Published vectors, read by the verifier's own tree; the sealer's reads the same in test_merkle.py."""

from __future__ import annotations

from hashlib import sha256

import pytest

from ledger.evidence.proofs import inclusion_proof
from ledger.verify.bundle import is_in_tree
from ledger.verify.tree import consistency_proof, is_consistent, leaf_hash, root
from tests.unit.test_merkle import ALL_CONSISTENCIES, ALL_SUBTREES, HASHES, LEAVES, ROOTS, SIZE, nodes, over, rolling_consistencies, subtrees


@pytest.mark.parametrize("size", range(9))
def test_the_verifier_has_the_roots_of_certificate_transparency(size: int) -> None:
    assert root([leaf_hash(each) for each in LEAVES[:size]]).hex() == ROOTS[size]


def test_the_verifier_has_all_subtrees_of_the_draft() -> None:
    hashes, rolling = [leaf_hash(bytes([number])) for number in range(SIZE)], sha256()
    for begin, end in subtrees():
        rolling.update(f"[{begin}, {end}) {root(hashes[begin:end]).hex()}\n".encode())
    assert rolling.hexdigest() == ALL_SUBTREES


def test_the_verifier_accepts_all_proofs_of_inclusion_of_the_draft_and_no_shorter_one() -> None:
    """The proofs themselves are those of the draft's constant: test_merkle.py holds the maker of them to it."""
    for begin, end in subtrees():
        top = root(HASHES[begin:end])
        for index in range(begin, end):
            proof = inclusion_proof(index - begin, end - begin, lambda height, number, begin=begin: nodes(height, number + (begin >> height)))
            assert is_in_tree(HASHES[index], index - begin, end - begin, proof, top)
            assert not proof or not is_in_tree(HASHES[index], index - begin, end - begin, proof[:-1], top)


def test_the_verifier_has_all_proofs_of_consistency_of_the_draft() -> None:
    assert rolling_consistencies(lambda old, new: consistency_proof(old, new, over)) == ALL_CONSISTENCIES


def test_the_verifier_accepts_all_proofs_of_consistency_of_the_draft_and_no_shorter_one() -> None:
    for new in range(1, SIZE + 1):
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, over)
            assert is_consistent(old, over(0, old), new, over(0, new), proof)
            assert not proof or not is_consistent(old, over(0, old), new, over(0, new), proof[:-1])
