"""Where a change of one file of an archive must be found, calculated from how tests/naive_archive.py lays files out.

Shares nothing with `ledger.verify`, whose findings are held against it. A byte that belongs to one record (an entry, its leaf hash) is named by
topic, partition, index and offset; a hash of a higher level by the index of the first entry below it; all else by the file.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from ledger.verify.findings import Finding
from ledger.verify.notes import key_of
from ledger.verify.replay import check_archive
from ledger.verify.verdict import verdict_of
from tests.naive_archive import KEY, LEDGER, Archive, Event, Log, avro_record, varint

BLOCK = 100
NUMBERED = re.compile(r"((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?(?:\.avro)?")


@dataclass(frozen=True)
class Place:
    """What the first finding must say. index and offset: None when none may be said; file: what its text must name, None when any will do;
    or_else: another place that is as right."""

    log: str
    topic: str | None
    partition: int | None
    index: int | None = None
    offset: int | None = None
    file: str | None = None
    or_else: Place | None = None

    def is_named_by(self, finding: Finding) -> bool:
        if self.or_else and self.or_else.is_named_by(finding):
            return True
        where = (finding.index, finding.offset) == (self.index, self.offset)
        log = finding.log == self.log
        if self.file == "genesis.json":  # without it, or with another topic id in it, the log has no name or another: its folder says which it is
            log, where = finding.log.startswith(f"{LEDGER}/{self.topic}/{self.partition}"), finding.index in (0, None) and finding.offset is None
        named = self.file is None or re.search(rf"{'^' if self.file == 'checkpoint' else ''}(?<![\w/]){re.escape(self.file)}(?![\w/])", finding.text)
        return bool(log and where and named and (finding.topic, finding.partition) == (self.topic, self.partition))


def judged(archive: Path) -> tuple[int, list[Finding]]:
    """Exit code, and all findings in order."""
    checked = check_archive(archive, [key_of(KEY.vkey())], None, 1, lambda _: None)
    return verdict_of(checked, None, None, None, 0, None).code, [each for findings in checked.findings() for each in findings]


class Places:
    """Of one archive. Names of files are relative to it."""

    def __init__(self, archive: Archive) -> None:
        self.logs = {f"logs/{log.topic}/{log.partition}": log for log in archive.logs}
        self.seals = [len(entry) for entries in archive.seal_entries() for entry in (each.encode() for each in entries)]

    def log_of(self, name: str) -> tuple[Log | None, str, str]:
        """The log (None for the seals), its origin, and the name of the file within it."""
        for folder, log in self.logs.items():
            if name.startswith(folder + "/"):
                return log, log.origin, name.removeprefix(folder + "/")
        return (None, f"{LEDGER}/seals", name.removeprefix("seals/")) if name.startswith("seals/") else (None, LEDGER, name)

    def at_file(self, name: str) -> Place:
        """Of a change that leaves a file which cannot be read as what it should be, or none."""
        log, origin, file = self.log_of(name)
        topic, partition = (log.topic, log.partition) if log else (None, None)
        index: int | None = None
        if file.startswith(("tile/", "payload/")):
            kind, n, _ = parts_of(file)
            index = (n * 256) << (8 * int(kind) if kind.isdigit() else 0)
        return Place(origin, topic, partition, index, None, file)

    def at_entry(self, name: str, index: int) -> Place:
        log, origin, _ = self.log_of(name)
        if log is None:
            return Place(origin, None, None, index)
        return Place(origin, log.topic, log.partition, index, log.records[index - 1].offset if index else None)

    def of_flip(self, name: str, good: bytes, bad: bytes) -> Place | None:
        """Of one byte that changed, its file as long as it was. None where nobody could read anything else."""
        log, _, file = self.log_of(name)
        if not file.startswith(("tile/", "payload/")):
            return self.at_file(name)
        at = next(i for i in range(len(good)) if good[i] != bad[i])
        kind, n, _ = parts_of(file)
        if kind == "payload":
            assert log is not None
            return self.of_payload(name, log, n, good, bad, at)
        if kind == "entries":
            return self.of_bundle(name, log, n, at)
        if kind == "0":
            return self.at_entry(name, n * 256 + at // 32)
        where = self.at_entry(name, 0)
        return Place(where.log, where.topic, where.partition, (n * 256 + at // 32) << (8 * int(kind)), None)

    def of_bundle(self, name: str, log: Log | None, n: int, at: int) -> Place:
        start, index = 0, n * 256
        for length in [55] * 256 if log else self.seals[index:]:
            if at < start + 2:
                return self.at_file(name)
            start, index = start + 2 + length, index + 1
            if at < start:
                break
        return self.at_entry(name, index - 1)

    def of_payload(self, name: str, log: Log, n: int, good: bytes, bad: bytes, at: int) -> Place | None:
        """The record that holds the first byte that differs once a block is inflated, if they can still be read; else the file."""
        rows, broken = rows_of(log, n, parts_of(self.log_of(name)[2])[2]), self.at_file(name)
        for first, start, end in blocks_of(good, len(rows)):
            if start <= at < end:
                before, after = zlib.decompress(good[start:end], -15), inflated(bad[start:end])
                if after == before:
                    return None
                if after is None:
                    return broken
                differs = next((i for i, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), min(len(before), len(after)))
                ends = list(accumulate(len(avro_record(each)) for each in rows[first : first + BLOCK]))
                place = self.at_entry(name, n * 256 + (n == 0) + first + min(bisect_right(ends, differs), len(ends) - 1))
                return replace(place, file=broken.file, or_else=broken)
        return broken

    def of_cut(self, name: str, good: bytes, length: int) -> Place:
        """Of a file that ends early: its name; of a payload that ends behind a block, the first record that it lacks."""
        broken = self.at_file(name)
        if broken.file and broken.file.startswith("payload/"):
            log, _, file = self.log_of(name)
            assert log is not None
            _, n, width = parts_of(file)
            blocks = blocks_of(good, len(rows_of(log, n, width)))
            ends = [good.index(good[-16:]) + 16, *(end + 16 for *_, end in blocks)]
            if length in ends[:-1]:
                return replace(self.at_entry(name, n * 256 + (n == 0) + BLOCK * ends.index(length)), file=file)
        return broken


def parts_of(file: str) -> tuple[str, int, int]:
    """Kind (entries, payload, or the level), number and width of a bundle or tile."""
    kind, _, rest = file.removeprefix("tile/").partition("/")
    matched = NUMBERED.fullmatch(rest)
    assert matched is not None, file
    return kind, int(matched[1].replace("x", "").replace("/", "")), int(matched[2] or 256)


def rows_of(log: Log, n: int, width: int) -> list[Event]:
    return log.records[max(0, n * 256 - 1) : n * 256 + width - 1]


def blocks_of(good: bytes, rows: int) -> list[tuple[int, int, int]]:
    """Of each block: its first row, and where its deflated bytes begin and end. A block is 100 rows, between two markers."""
    marker, blocks = good[-16:], []
    at = good.index(marker) + 16
    for first in range(0, rows, 100):
        at += len(varint(min(100, rows - first)))
        end = good.index(marker, at)
        at += len(varint(end - at - 1)) if len(varint(end - at - 1)) == 1 else 2
        blocks.append((first, at, end))
        at = end + 16
    return blocks


def inflated(block: bytes) -> bytes | None:
    inflating = zlib.decompressobj(-15)
    try:
        data = inflating.decompress(block)
    except zlib.error:
        return None
    return data if inflating.eof and not inflating.unused_data else None
