"""Two histories that one key signed, at every size and from every entry on: the conflict is found, and how far they were one is named."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from ledger.verify.notes import checkpoint_of, key_of
from ledger.verify.replay import check_archive
from tests.mutations.places import judged
from tests.naive_archive import KEY, LEDGER, Archive, Event, Log, checkpoint, events, put, tree

SIZE = 8
FORKS = [(parted, size) for parted, size in combinations(range(1, SIZE + 1), 2)]
"""(the entries that both histories have, the size at which the other one was signed)"""


def parting(parted: int) -> Log:
    """The same genesis, and the same records up to there."""
    records = events(SIZE - 1)
    return Log("facts", 0, [*records[: parted - 1], *(Event(each.offset, value=b"other") for each in records[parted - 1 :])])


@pytest.mark.parametrize(("parted", "size"), FORKS)
def test_a_checkpoint_of_another_history(tmp_path: Path, parted: int, size: int) -> None:
    """In place of the log's own of that size: all sizes below are good, so it is from there on that the two cannot both be."""
    log = Log("facts", 0, events(SIZE - 1), sizes=list(range(1, SIZE)))
    archive = Archive([log]).write(tmp_path)
    note = checkpoint(log.origin, size, tree(parting(parted).entries()[:size]))
    for name in (f"checkpoints/{size}", *(["checkpoint"] if size == SIZE else [])):
        put(archive / "logs/facts/0", name, note)

    code, found = judged(archive)
    reason = "checkpoint-conflict" if size < SIZE else "root-changed"
    assert (code, [(each.reason, each.log, each.index) for each in found]) == (1, [(reason, log.origin, size - 1)])


@pytest.mark.parametrize(("parted", "size"), FORKS)
def test_both_histories_have_a_checkpoint_of_one_size(tmp_path: Path, parted: int, size: int) -> None:
    """The newest file holds one, its copy under its size the other."""
    log = Log("facts", 0, events(SIZE - 1)[: size - 1])
    archive = Archive([log]).write(tmp_path)
    put(archive / "logs/facts/0", f"checkpoints/{size}", checkpoint(log.origin, size, tree(parting(parted).entries()[:size])))

    code, found = judged(archive)
    assert (code, found[0].reason, found[0].log) == (1, "checkpoint-conflict", log.origin)
    assert f"checkpoints/{size}" in found[0].text


@pytest.mark.parametrize(("parted", "rounds"), list(combinations(range(1, SIZE + 1), 2)))
def test_another_history_with_its_rounds_is_found_by_what_was_kept(tmp_path: Path, parted: int, rounds: int) -> None:
    """All was written anew and signed; the auditor kept the checkpoint of the seals log at a round behind the place where they part."""
    sizes = list(range(1, SIZE))
    first, other = (Archive([Log("facts", 0, records, sizes=sizes)]) for records in (events(SIZE - 1), parting(parted).records))
    ends = [sum(len(each) for each in first.seal_entries()[: k + 1]) for k in range(SIZE)]
    first.write(tmp_path / "first")
    kept = checkpoint_of((tmp_path / f"first/seals/checkpoints/{ends[rounds - 1]}").read_bytes(), f"{LEDGER}/seals", [key_of(KEY.vkey())])
    checked = check_archive(other.write(tmp_path / "other"), [key_of(KEY.vkey())], kept, 1, lambda _: None)

    found = [(each.reason, each.log, each.index) for findings in checked.findings() for each in findings]
    assert found == [("checkpoint-conflict", f"{LEDGER}/seals", ends[rounds - 2])]
