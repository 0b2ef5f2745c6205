"""The broker held against what was sealed: every record that is still there, entry by entry.

What the archive itself is worth is said by `ledger-verify`; here is found where broker and archive part. Source: docs/evidence.md section 8.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.auditing.sealed_archive import SealedArchive, folder_of
from ledger.errors import OperatorError
from ledger.evidence.entries import Genesis, record_entry
from ledger.evidence.tiles import WIDTH
from ledger.sealing.heads import Source

BATCH_RECORDS_MAX: Final = 10_000
FINDINGS_MAX: Final = 1000


class Finding(NamedTuple):
    """Where the broker says something else. reason: of the table in docs/evidence.md section 6."""

    topic: str
    partition: int
    offset: int
    reason: str
    text: str


class Compared(NamedTuple):
    """records: compared. gone: sealed records that the broker has let expire."""

    records: int
    gone: int
    findings: list[Finding]


def compare(archive: SealedArchive, source: Source) -> Compared:
    """Compare all logs of the archive. Raises: OperatorError, DependencyError, when one of the two cannot be read."""
    records = gone = 0
    findings: list[Finding] = []
    for topic, partition in archive.logs():
        genesis, size = archive.genesis(topic, partition), archive.newest(topic, partition).size
        low, high = source.bounds(topic, partition)
        first, end = genesis.first_offset, genesis.first_offset + size - 1
        begin = min(max(low, first), end)
        gone += begin - first
        if high < end:
            findings.append(Finding(topic, partition, high, "record-missing", f"sealed up to {end - 1}, and the broker ends here"))
        for number, found in enumerate(_differing(archive, source, genesis, size, begin, min(high, end))):
            if number < FINDINGS_MAX:
                findings.append(found)
        records += max(0, min(high, end) - begin)
    return Compared(records, gone, findings)


def _differing(archive: SealedArchive, source: Source, genesis: Genesis, size: int, begin: int, end: int) -> list[Finding]:
    found: list[Finding] = []
    index = 1 + begin - genesis.first_offset
    bundles = archive.entries(folder_of(genesis.topic, genesis.partition), size, index)
    waiting: list[bytes] = []
    skipped = index % WIDTH
    batches = source.read_whole(genesis.topic, genesis.partition, begin, end, batch_records_max=BATCH_RECORDS_MAX)
    while True:
        try:
            batch = next(batches, None)
        except OperatorError as error:
            found.append(Finding(genesis.topic, genesis.partition, begin, "record-missing", str(error)))
            batch = None
        if batch is None:
            return found
        while len(waiting) < skipped + len(batch):
            waiting += next(bundles)
        entries, waiting = waiting[skipped : skipped + len(batch)], waiting[skipped + len(batch) :]
        skipped = 0
        begin += len(batch)
        for record, entry in zip(batch, entries, strict=True):
            if record_entry(genesis.partition, record) != entry:
                found.append(Finding(genesis.topic, genesis.partition, record.offset, "record-changed", "the broker has another record here"))
