"""Entries of the seals log: what all logs were at one time, and which topics and keys there are. Pure. Source: docs/evidence.md section 5."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

from ledger.evidence.checkpoints import Checkpoint


def state_after(entries: Iterable[bytes]) -> dict[str, Any]:
    """What a seals log says after all its entries: round, at (its time), logs (origin: size, root), keys, all_keys, topics (name: id, partitions)."""
    state: dict[str, Any] = {"round": 0, "at": 0, "logs": {}, "keys": [], "all_keys": [], "topics": {}}
    for entry in entries:
        kind, *said = entry.decode().splitlines()
        if kind == "checkpoint":
            state["logs"][said[0]] = [int(said[1]), said[2]]
        elif kind == "round":
            state["round"], state["at"] = int(said[0]), int(said[1])
        elif kind == "topic":
            state["topics"][said[0]] = [said[1], int(said[2])]
        elif kind == "key" and said[1] == "from":
            state["keys"].append(said[0])
            state["all_keys"].append(said[0])
        elif kind == "key":
            state["keys"].remove(said[0])
    return state


def ledger_file(ledger: str, vkeys: Sequence[str]) -> bytes:
    """The text of ledger.json."""
    said = {"format": 1, "ledger": ledger, "keys": list(vkeys)}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def keys_of_ledger_file(text: bytes | None) -> list[str]:
    """The keys that ledger.json names; none when there is no such file, or it is damaged."""
    try:
        return [str(key) for key in json.loads(text or b"{}").get("keys", [])]
    except (ValueError, AttributeError, TypeError):
        return []


def key_entry(vkey: str, what: Literal["from", "until"]) -> bytes:
    """The ledger's key begins to sign, or ends."""
    return f"key\n{vkey}\n{what}\n".encode()


def topic_entry(topic: str, topic_id: str, partitions: int) -> bytes:
    """A topic with all its partitions: each is in every round from then on."""
    return f"topic\n{topic}\n{topic_id}\n{partitions}\n".encode()


def round_entries(number: int, at_millis: int, before: Mapping[str, Checkpoint], now: Iterable[Checkpoint]) -> list[bytes]:
    """A round: a checkpoint for each log that has grown, then what makes it whole. before: by origin, as of the round before."""
    logs = sorted(now, key=lambda each: each.origin.encode())
    grown = [f"checkpoint\n{each.text()}".encode() for each in logs if before.get(each.origin) != each]
    lines = "".join(f"{each.origin} {each.size} {base64.b64encode(each.root).decode()}\n" for each in logs)
    whole = f"round\n{number}\n{at_millis}\n{len(logs)}\n{sha256(lines.encode()).hexdigest()}\n"
    return [*grown, whole.encode()]
