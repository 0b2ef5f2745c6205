"""Every byte of every file of a small archive, changed and cut off; thousands of random changes of a larger one: none missed, each named where it is.

The one thing that may change: how a block of a payload file is deflated, when it inflates to the very same bytes (the bits that pad its end,
or another distance to an equal text). Records, digests and signatures are over what it inflates to, so nobody could read anything else there.
"""

from __future__ import annotations

from pathlib import Path

from tests.mutations.changing import at_random, every_bit, every_cut, every_flip, outcome_of, whole_records
from tests.naive_archive import Archive, Log, events


def tiny() -> Archive:
    """Two logs; of the first there are two sizes, so narrower partial files of all kinds."""
    return Archive([Log("facts", 0, events(3), sizes=[2]), Log("register", 0, [])])


def two() -> Archive:
    return Archive([Log("facts", 0, events(2))])


def larger() -> Archive:
    """Three bundles and a tile of level 1, of two sizes, with blocks of 100 records."""
    return Archive([Log("facts", 0, events(600), sizes=[300]), Log("register", 0, events(2))])


def test_every_byte_that_is_changed_is_named(tmp_path: Path) -> None:
    outcome = outcome_of(tiny, every_flip, tmp_path)
    assert outcome.missed == []
    assert outcome.tried > 5000


def test_every_file_that_ends_early_is_named(tmp_path: Path) -> None:
    outcome = outcome_of(tiny, every_cut, tmp_path)
    assert outcome.missed == []
    assert outcome.tried > 5000


def test_random_changes_of_a_larger_log_are_named(tmp_path: Path) -> None:
    outcome = outcome_of(larger, at_random, tmp_path)
    assert outcome.missed == []
    assert outcome.tried > 3000


def test_every_bit_of_what_is_signed_and_of_the_smallest_payload_is_named(tmp_path: Path) -> None:
    outcome = outcome_of(two, every_bit, tmp_path)
    assert outcome.missed == []
    assert outcome.tried > 5000


def test_whole_records_that_go_come_or_change_places_are_named(tmp_path: Path) -> None:
    outcome = outcome_of(larger, whole_records, tmp_path)
    assert outcome.missed == []
    assert outcome.tried > 1000
