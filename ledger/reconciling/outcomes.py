"""Stored outcomes of one partition against those on a topic, a window at a time: both stand in the same order, so each window judges its beginning.

Pure: the caller reads, in this order: what the relay saw acknowledged, where the topic ends, what is stored. So all up to the first is on the topic,
and all on the topic is stored. Must never hold a topic in memory. Judged by ledger/replaying/outcome_check.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from ledger.contract import codec
from ledger.reconciling.facts import Mismatch
from ledger.replaying.outcome_check import Due, Findings, Place, Published, compare_outcomes

StoredOutcome = tuple[Place, bytes, bytes | None, bytes]
"""(place, event id, message key, value)."""
_KINDS = {"missing": "missing_outcome", "extra": "extra_outcome", "different": "different_outcome"}


class Window(NamedTuple):
    """rows: stored outcomes of the topic behind `place`, in order; last: place of the last one read, of whatever topic (None: none).

    rows_are_all, published_are_all: nothing comes behind them. sent: the last that the relay saw acknowledged, of whatever topic.
    """

    rows: Sequence[StoredOutcome]
    last: Place | None
    rows_are_all: bool
    published: Sequence[Published]
    published_are_all: bool
    place: Place
    next_offset: int
    sent: Place | None


class Judged(NamedTuple):
    """What a window gave, and where the next begins. is_done: there is nothing more to judge now."""

    findings: Findings
    mismatches: list[Mismatch]
    place: Place
    next_offset: int
    is_done: bool


def judge(topic: str, partition: int, window: Window, are_stored: Callable[[Collection[bytes]], set[bytes]]) -> Judged:
    """Judge as much of a window as can be. are_stored: SHA-256 of values -> those that the partition has stored anywhere."""
    own = {_sha256(row[3]): row[0] for row in window.rows}
    matching = [index for index, each in enumerate(window.published) if _sha256(each.value) in own]
    behind = window.next_offset + len(window.published)
    if window.rows_are_all and window.published_are_all:
        rows, published, sent, next_offset = window.rows, window.published, window.sent, behind
        place = max([window.place, *([sent] if sent else []), *(own[_sha256(window.published[index].value)] for index in matching)])
    elif matching:
        place = max(own[_sha256(window.published[index].value)] for index in matching)
        published, next_offset = window.published[: matching[-1] + 1], window.next_offset + matching[-1] + 1
        rows, sent = [row for row in window.rows if row[0] <= place], place
    elif not window.rows and not window.rows_are_all:  # outcomes of other topics alone
        # Not beyond what was sent: outcomes of a register event that is being worked off come in between later.
        place = max(window.place, min(window.last or window.place, window.sent or window.place))
        return Judged(Findings(), [], place, window.next_offset, place == window.place)
    elif window.published_are_all and window.rows:  # nothing is left on the topic: what was acknowledged is missing
        rows, published, sent, next_offset = window.rows, window.published, window.sent, behind
        place = max([window.place, *(row[0] for row in window.rows if sent is not None and row[0] <= sent)])
    else:  # nothing of the topic's stretch is here: it is stored elsewhere, or nowhere
        rows, published, sent, next_offset, place = [], window.published, None, behind, window.place
    strangers = {_sha256(each.value) for each in published} - own.keys()
    repeats = are_stored(strangers) if strangers else set()
    published = [each for each in published if _sha256(each.value) not in repeats]
    broken = [row for row in rows if not _is_readable(row[3])]
    found = compare_outcomes(topic, partition, [row for row in rows if row not in broken], published, Due(sent_up_to=sent, is_whole=True))
    found.different += len(broken)
    mismatches = [Mismatch(_KINDS["different"], topic, partition, row[0][0]) for row in broken]
    mismatches += [
        Mismatch(_KINDS[each.kind], topic, partition, each.offset if each.offset is not None else each.fact_offset or 0)
        for each in found.examples
        if each.kind in _KINDS
    ]
    is_done = (window.rows_are_all and window.published_are_all) or (place, next_offset) == (window.place, window.next_offset)
    return Judged(found, mismatches, place, next_offset, is_done)


def _is_readable(value: bytes) -> bool:
    try:
        codec.decode(value)
    except codec.DecodeError:
        return False
    return True


def _sha256(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()
