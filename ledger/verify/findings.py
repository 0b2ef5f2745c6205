"""What is found: a reason of the table in docs/evidence.md section 6, where, and a sentence. Never holds what a record says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

REASONS = (
    "file-missing", "file-broken", "entry-changed", "tile-changed", "root-changed", "signature-wrong", "checkpoint-conflict",
    "record-changed", "record-missing", "offset-hole", "genesis-wrong", "seal-conflict", "log-missing", "rollback", "pack-changed",
)  # fmt: skip
MOST_PER_LOG = 1000


class MissingError(Exception):
    """A file is not there."""


class BrokenError(Exception):
    """A file is there and cannot be read as what it should be."""


@dataclass(frozen=True)
class Finding:
    log: str
    topic: str | None
    partition: int | None
    index: int | None
    offset: int | None
    reason: str
    text: str

    def as_json(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})

    def as_text(self) -> str:
        place = "".join(f", {name} {value}" for name, value in (("index", self.index), ("offset", self.offset)) if value is not None)
        return printable(f"{self.reason}  {self.log}{place}: {self.text}")


def printable(text: str) -> str:
    """Names of files and topics are a stranger's: none may end a line, or move the cursor, and so write a verdict of its own."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


class Findings:
    """Those of one log, the first thousand; the rest is counted."""

    def __init__(self, log: str, topic: str | None = None, partition: int | None = None) -> None:
        self.log, self.topic, self.partition = log, topic, partition
        self.kept: list[Finding] = []
        self.reasons: set[str] = set()
        self.more = 0

    def add(self, reason: str, text: str, index: int | None = None, offset: int | None = None) -> None:
        if reason not in REASONS:
            raise ValueError(f"{reason} is no reason of the table")
        self.reasons.add(reason)
        if len(self.kept) < MOST_PER_LOG:
            self.kept.append(Finding(self.log, self.topic, self.partition, index, offset, reason, text))
        else:
            self.more += 1

    def of(self, error: Exception, index: int | None = None) -> None:
        self.add("file-missing" if isinstance(error, MissingError) else "file-broken", str(error), index)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.kept)
