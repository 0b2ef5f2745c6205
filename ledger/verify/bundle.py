"""A bundle of records with their proofs, checked from that one file and the auditor's key: docs/evidence.md section 9."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.verify.container import Record
from ledger.verify.findings import BrokenError, Findings
from ledger.verify.notes import Checkpoint, Key, SignatureError, checkpoint_of, from_base64, from_decimal
from ledger.verify.one_log import ENTRY, GENESIS_NAMES, packed
from ledger.verify.tree import largest_power_below, leaf_hash, node_hash


@dataclass
class Bundle:
    """What was read and found. sealed_to: milliseconds of the newest round that it names, by the sealer's clock."""

    findings: Findings
    seals: Checkpoint | None = None
    records: int = 0
    logs: int = 0
    sealed_to: int | None = None
    has_answer: bool = False
    without_place: int = 0  # events that the answer names without a place on the log
    not_compared: int | None = None  # size of the checkpoint that was kept, where it is not that of this bundle


@dataclass
class Log:
    partition: int
    size: int
    root: bytes
    first_offset: int
    ids: set[bytes] = field(default_factory=set)
    places: dict[int, bytes] = field(default_factory=dict)  # offset -> event id


def is_in_tree(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether PATH(index, D[size]) of RFC 6962 section 2.1.1 takes this leaf to the root: its recursion walked backwards."""
    rest = list(proof)

    def up(place: int, leaves: int) -> bytes:
        if leaves == 1:
            return leaf
        k = largest_power_below(leaves)
        beside = rest.pop()
        return node_hash(up(place, k), beside) if place < k else node_hash(beside, up(place - k, leaves - k))

    try:
        return 0 <= index < size and up(index, size) == root and not rest
    except IndexError:  # the proof is too short
        return False


def check_bundle(text: bytes, keys: Sequence[Key]) -> Bundle:
    bundle = Bundle(Findings(f"{keys[0].name}/seals"))
    found = bundle.findings
    try:
        said = json.loads(text)
        of = reader_of(said)
        if of(said, "format", int) != 1 or of(said, "ledger", str) != keys[0].name:
            raise BrokenError("a bundle of another format or ledger")
        bundle.seals = seals = checkpoint_of(of(said, "seals", str).encode(), found.log, keys)
        logs = {of(each, "origin", str): check_log(each, of, seals, bundle) for each in of(said, "logs", list)}
        for each in of(said, "records", list):
            check_record(each, of, logs, bundle)
        bundle.logs, answer = len(logs), said.get("answer")
        bundle.has_answer = answer is not None
        for topic, partition, offset, event_id in events_in(answer):
            if offset is None:
                bundle.without_place += 1
                continue
            log = next((log for origin, log in logs.items() if log and origin.startswith(f"{keys[0].name}/{topic}/{partition}/")), None)
            if log is None or log.places.get(offset) != event_id:
                found.add("record-missing", f"the answer rests on {topic}-{partition} offset {offset}, which is not proven here", None, offset)
    except SignatureError as error:
        found.add("signature-wrong", str(error))
    except BrokenError as error:
        found.add("file-broken", str(error))
    except (ValueError, RecursionError):
        found.add("file-broken", "the bundle is not JSON of its form")
    return bundle


def check_log(said: Any, of: Callable[..., Any], seals: Checkpoint, bundle: Bundle) -> Log | None:
    """What the seals say of a log, and that it is of the partition that it says. None when nothing can be built on it."""
    found = bundle.findings
    origin, size, root = of(said, "origin", str), of(said, "size", int), from_base64(of(said, "root", str))
    seal, closing = of(said, "seal", dict), of(said, "round", dict)
    at, end, text = of(seal, "index", int), of(closing, "index", int), of(closing, "entry", str)
    entry = f"checkpoint\n{origin}\n{size}\n{of(said, 'root', str)}\n"
    lines = text.split("\n")
    if not is_in_tree(leaf_hash(entry.encode()), at, seals.size, hashes(seal, of), seals.root):
        found.add("seal-conflict", f"the seals do not bear out {origin} at size {size}", at)
        return None
    is_round = end > at and lines[0] == "round" and len(lines) == 6
    if not is_round or not is_in_tree(leaf_hash(text.encode()), end, seals.size, hashes(closing, of), seals.root):
        found.add("seal-conflict", f"the seals do not bear out the round behind {origin} at size {size}", end)
        return None
    bundle.sealed_to = max(bundle.sealed_to or 0, from_decimal(lines[2]))
    genesis = of(said, "genesis", str)
    about = json.loads(genesis)
    if not isinstance(about, dict) or sorted(about) != GENESIS_NAMES:
        raise BrokenError(f"the genesis of {origin} has not the names that it should have")
    of_genesis = reader_of(about)
    partition, first = of_genesis(about, "partition", int), of_genesis(about, "first_offset", int)
    name = f"{about['ledger']}/{about['topic']}/{partition}/{of_genesis(about, 'topic_id', str)[:8]}"
    if not (0 <= partition < 1 << 32 and 0 <= first < 1 << 63) or about["format"] != 1 or name != origin:
        found.add("genesis-wrong", f"the genesis of {origin} is that of another log", 0)
        return None
    entry_0 = ENTRY.pack(1, 0, partition, first, -1, 0, hashlib.sha256(genesis.encode()).digest())
    if not is_in_tree(leaf_hash(entry_0), 0, size, hashes(said, of, "genesis_proof"), root):
        found.add("genesis-wrong", f"the tree of {origin} does not bear out its genesis", 0)
        return None
    return Log(partition, size, root, first)


def check_record(said: Any, of: Callable[..., Any], logs: dict[str, Log | None], bundle: Bundle) -> None:
    origin, offset = of(said, "origin", str), of(said, "offset", int)
    if origin not in logs:
        raise BrokenError(f"a record of {origin}, of which the bundle says nothing")
    log = logs[origin]
    if log is None:
        return
    headers = [(of(each, 0, str).encode(), bytes_of(each[1])) for each in of(said, "headers", list)]
    times = of(said, "timestamp", int), of(said, "timestamp_type", int)
    record = Record(offset, *times, bytes_of(said.get("key")), bytes_of(said.get("value")), headers)
    entry, place = packed(log.partition, record), 1 + offset - log.first_offset
    if entry is None or place < 1 or not is_in_tree(leaf_hash(entry), place, log.size, hashes(said, of), log.root):
        bundle.findings.add("record-changed", f"the tree of {origin} does not bear out this record", place, offset)
        return
    bundle.records += 1
    if record.value and len(record.value) >= 21:
        log.places[offset] = record.value[5:21]


def events_in(answer: Any) -> Iterator[tuple[str, int, int | None, bytes]]:
    """Each event that an answer names, with its place; offset None: the answer says that it is not in this history."""
    waiting = [answer]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting += each.values()
            if "event_id" in each and "topic" in each:
                try:
                    event_id, offset = bytes.fromhex(str(each["event_id"]).replace("-", "")), each["offset"]
                    yield str(each["topic"]), int(each["partition"]), None if offset is None else int(offset), event_id
                except (KeyError, TypeError, ValueError) as error:
                    raise BrokenError("the answer names an event in a form of its own") from error


def reader_of(whole: Any) -> Callable[..., Any]:
    """Takes a value of a kind from an object or list, or says that the bundle is broken."""

    def of(where: Any, name: Any, kind: type) -> Any:
        try:
            value = where[name]
        except (LookupError, TypeError) as error:
            raise BrokenError(f"the bundle lacks {name}") from error
        if type(value) is not kind:
            raise BrokenError(f"{name} is of another kind than it should be")
        return value

    if not isinstance(whole, dict):
        raise BrokenError("the bundle is no object")
    return of


def hashes(said: Any, of: Callable[..., Any], name: str = "proof") -> list[bytes]:
    found = [bytes_of(each) or b"" for each in of(said, name, list)]
    if any(len(each) != 32 for each in found):
        raise BrokenError("a hash that has not 32 bytes")
    return found


def bytes_of(value: Any) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise BrokenError("bytes that are no text of base64")
    return from_base64(value)
