"""The seals log: its own tree, and round after round what it says of all logs (docs/evidence.md section 5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ledger.verify.files import LogFiles
from ledger.verify.findings import BrokenError, Findings, MissingError
from ledger.verify.notes import Checkpoint, Key, checkpoint_of, from_base64, from_decimal, key_of, opened
from ledger.verify.one_log import SEALED
from ledger.verify.walking import Said, Walk, read_checkpoints
from ledger.verify.witnesses import Cosigned

LARGEST_BUNDLE = 256 * (2 + 65535)
MOST_PARTITIONS = 100_000


@dataclass
class Seals:
    findings: Findings
    is_read: bool = False  # whether all entries could be read, so that what no round knows is known
    size: int = 0
    note: bytes = b""  # its newest checkpoint, as it stands in the archive
    logs: dict[str, tuple[int, str]] = field(default_factory=dict)  # origin -> size and base64 of the root, as of now
    sealed: dict[str, bytearray] = field(default_factory=dict)  # origin -> all that was ever said of it, packed
    topics: dict[tuple[str, str], int] = field(default_factory=dict)  # topic and id -> partitions
    keys: dict[str, str] = field(default_factory=dict)  # vkey -> from | until
    rounds: int = 0
    milliseconds: int | None = None
    cosigned: Cosigned = field(default_factory=Cosigned)
    notes: list[str] = field(default_factory=list)


def check_seals(archive: Path, ledger: str, keys: Sequence[Key], kept: Checkpoint | None, progress: Callable[[int], None]) -> Seals:
    origin = f"{ledger}/seals"
    found = Findings(origin)
    seals, files = Seals(found), LogFiles(archive / "seals")
    checkpoints, seals.note = read_checkpoints(files, origin, keys, found)
    if not checkpoints:
        return seals
    newest = checkpoints[-1]
    seals.size = newest.size
    said = list(checkpoints)
    if kept:
        if kept.size > newest.size:
            found.add("rollback", f"the newest checkpoint is of size {newest.size}, the one that was kept is of size {kept.size}", newest.size)
        said.append(Said(kept.size, kept.root, "the checkpoint that was kept", "checkpoint-conflict"))
    walk, reading, is_read = Walk(files, newest.size, said, found, LARGEST_BUNDLE, progress), Reading(ledger, seals), True
    for n, _, entries in walk.bundles():
        is_read = is_read and entries is not None
        for index, entry in enumerate(entries or [], n * 256):
            if is_read:
                reading.take(index, entry)
    seals.is_read = is_read
    if reading.earlier:
        seals.notes.append(f"{reading.earlier} rounds say an earlier time than the round before them: the sealer's clock was wrong at one of the two")
    if reading.order:
        seals.notes.append(f"{len(reading.order)} checkpoints at the end of the seals log stand in no round yet")
    seals.notes += [
        f"{number} entries of kind {kind!r} in the seals log, which this verifier does not know" for kind, number in reading.unknown.items()
    ]
    if is_read:
        check_key_in_use(seals, keys)
    return seals


def check_key_in_use(seals: Seals, keys: Sequence[Key]) -> None:
    """Each key under the newest checkpoint must be one that the seals log has announced, and one of them must not have ended."""
    _, signatures = opened(seals.note)
    signers = {(name, signed[:4]) for name, signed in signatures}
    mine = [key for key in keys if (key.under(seals.findings.log).name, key.under(seals.findings.log).id) in signers]
    for key in mine:
        if key.vkey not in seals.keys:
            seals.findings.add("seal-conflict", f"the newest checkpoint is signed by key {key.id.hex()}, which the seals log never announced")
    if mine and all(seals.keys.get(key.vkey) == "until" for key in mine):
        seals.findings.add("seal-conflict", f"the newest checkpoint is signed by key {mine[0].id.hex()} alone, which has ended")


class Reading:
    """Takes the entries one by one."""

    def __init__(self, ledger: str, seals: Seals) -> None:
        self.ledger, self.seals, self.found = ledger, seals, seals.findings
        self.order: list[str] = []  # origins of the round that is under way
        self.announced: set[str] = set()  # origins of all partitions of all topics
        self.unknown: dict[str, int] = {}
        self.earlier = 0  # rounds whose time is before that of the round before

    def take(self, index: int, entry: bytes) -> None:
        try:
            text = entry.decode()
            if not text.endswith("\n"):
                raise BrokenError("its last line has no end")
            kind, *lines = text[:-1].split("\n")
            kinds: dict[str, tuple[int, Callable[[int, list[str]], None]]] = {
                "checkpoint": (3, self.take_checkpoint), "round": (4, self.take_round), "key": (2, self.take_key), "topic": (3, self.take_topic),
            }  # fmt: skip
            if kind not in kinds:
                self.unknown[kind[:40]] = self.unknown.get(kind[:40], 0) + 1
                return
            number, method = kinds[kind]
            if len(lines) != number:
                raise BrokenError(f"a {kind} has {number} lines behind its kind, not {len(lines)}")
            method(index, lines)
        except UnicodeDecodeError:
            self.found.add("file-broken", f"entry {index} is not UTF-8", index)
        except BrokenError as error:
            self.found.add("file-broken", f"entry {index}: {error}", index)

    def take_key(self, index: int, lines: list[str]) -> None:
        vkey, when = lines
        if key_of(vkey).name != self.ledger or when not in ("from", "until"):
            raise BrokenError("a key of another ledger, or neither from nor until")
        if when == "until" and self.seals.keys.get(vkey) != "from":
            self.found.add("seal-conflict", f"entry {index} ends a key that is not in use", index)
        self.seals.keys[vkey] = when

    def take_topic(self, index: int, lines: list[str]) -> None:
        topic, topic_id, partitions = lines[0], lines[1], from_decimal(lines[2])
        if not 0 < partitions <= MOST_PARTITIONS:
            raise BrokenError("a number of partitions that cannot be")
        if partitions < self.seals.topics.get((topic, topic_id), 1):
            self.found.add("seal-conflict", f"entry {index} takes partitions away from topic {topic}", index)
        self.seals.topics[topic, topic_id] = partitions
        self.announced |= {f"{self.ledger}/{topic}/{partition}/{topic_id[:8]}" for partition in range(partitions)}

    def take_checkpoint(self, index: int, lines: list[str]) -> None:
        origin, size, root = lines[0], from_decimal(lines[1]), from_base64(lines[2])
        if len(root) != 32 or size == 0:
            raise BrokenError("a root that has not 32 bytes, or size 0")
        if origin not in self.announced:
            self.found.add("seal-conflict", f"entry {index} is of {origin}, of which no topic was announced", index)
        if self.order and origin <= self.order[-1]:
            self.found.add("seal-conflict", f"entry {index}: the logs of a round are not in order", index)
        if size <= self.seals.logs.get(origin, (0, ""))[0]:
            self.found.add("seal-conflict", f"entry {index}: {origin} has not grown", index)
        self.order.append(origin)
        self.seals.logs[origin] = (size, lines[2])
        self.seals.sealed.setdefault(origin, bytearray()).extend(SEALED.pack(index, size, root))

    def take_round(self, index: int, lines: list[str]) -> None:
        number, milliseconds, logs = (from_decimal(line) for line in lines[:3])
        mine, total = self.seals.logs, hashlib.sha256()
        for origin in sorted(mine):
            total.update(f"{origin} {mine[origin][0]} {mine[origin][1]}\n".encode())
        if number != self.seals.rounds + 1:
            self.found.add("seal-conflict", f"entry {index}: round {number} follows on round {self.seals.rounds}", index)
        if logs != len(mine) or lines[3] != total.hexdigest():
            self.found.add("seal-conflict", f"entry {index}: round {number} sums up other logs than the entries before it", index)
        if "from" not in self.seals.keys.values():
            self.found.add("seal-conflict", f"entry {index}: round {number} comes before a key", index)
        for origin in sorted(self.announced - mine.keys()):
            self.found.add("log-missing", f"round {number} does not know {origin}, of a topic that was announced", index)
        self.earlier += milliseconds < (self.seals.milliseconds or 0)
        self.seals.rounds, self.seals.milliseconds, self.order = number, milliseconds, []


def checkpoint_in(file: Path, ledger: str, keys: Sequence[Key]) -> tuple[Checkpoint | None, bytes]:
    """The checkpoint that the auditor kept, None where there is none yet; raises when it is broken or signed by nobody he knows."""
    try:
        note = LogFiles(file.parent).read(file.name)
    except MissingError:
        return None, b""
    return checkpoint_of(note, f"{ledger}/seals", keys), note
