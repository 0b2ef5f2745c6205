"""Seals a whole ledger: reads what is new in each partition, grows its log, and says in a round of the seals log what all of them are now.

What a round says of a log was published before it. Must never pass over a record that was sealed and reads differently: sealing stops there, and a
person must look. The same partitions give the same trees, whoever seals them, whenever. Source: docs/evidence.md sections 5 and 8.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ledger.errors import OperatorError
from ledger.evidence.checkpoints import Checkpoint
from ledger.evidence.entries import Genesis, genesis_entry, record_entry
from ledger.evidence.notes import Verifier, verifier_from
from ledger.failpoints import pass_by
from ledger.sealing.archive import Archive
from ledger.sealing.heads import Head, Heads, Source
from ledger.sealing.keys import SealingKey
from ledger.sealing.sealed_log import SEALS_FOLDER, Keys, SealedLog, open_log, publish
from ledger.sealing.seals import key_entry, ledger_file, round_entries, topic_entry

NEXT: Final = "next"
#: Records of one log that are published at once: what a crash makes to be done again.
STEP_RECORDS: Final = 32_768
_RESTORE: Final = "restore the archive whole; do not seal on. See the runbook, `sealing stopped`"
_HINT: Final = "keep the archive as it is and look at the broker; see the runbook, `a sealed record reads differently`"


class Topic(NamedTuple):
    """A topic as the broker knows it."""

    topic_id: str
    partitions: int


class Round(NamedTuple):
    """What one round did. number: of the newest round. records: sealed by it. logs: all there are."""

    number: int
    records: int
    logs: int


class Sealer:
    """All logs of a ledger, open. Not for two threads at once; whoever has it holds the sealer's duty."""

    def __init__(self, archive: Archive, source: Source, heads: Heads, keys: Sequence[SealingKey]) -> None:
        self.ledger = keys[0].ledger
        self._archive, self._source, self._heads, self._keys = archive, source, heads, keys
        self._logs: dict[tuple[str, int], tuple[Genesis, SealedLog]] = {}
        self._topics: dict[str, Topic] = {}
        self._all_keys = self._vkeys()
        self._next: Head | None = None

    def open(self, cluster_id: str, topics: Mapping[str, Topic]) -> None:
        """Open each log at its head, or as a new one. topics: those to be sealed, by name.

        Raises:
            OperatorError: archive, PostgreSQL and Kafka do not belong together, or a sealed record reads differently.
        """
        heads, self._topics = self._heads.heads(), dict(sorted(topics.items()))
        origin = f"{self.ledger}/seals"
        # The seals log is signed anew when a key comes or goes; another log that did not grow since then still has the old key's signature alone.
        self._seals = open_log(self._archive, self._heads, SEALS_FOLDER, origin, heads.get(origin), self._keys_of(origin), has_payload=False)
        self._next = heads.get(f"{origin}/{NEXT}")
        self._finish_round()
        self._all_keys = list(dict.fromkeys([*self._said().get("all_keys", []), *self._vkeys()]))
        self._archive.write([("ledger.json", ledger_file(self.ledger, self._all_keys))])
        for topic, (topic_id, partitions) in self._topics.items():
            for partition in range(partitions):
                genesis = Genesis(self.ledger, cluster_id, topic, topic_id, partition, self._source.bounds(topic, partition)[0])
                self._logs[topic, partition] = self._open(genesis, heads)

    def seal(self, now_millis: int, on_step: Callable[[str, int], None] | None = None) -> Round:
        """Seal all that is on the log, and say so in a round when anything has grown. on_step: (topic, records) as it goes.

        Raises:
            OperatorError: a record is missing or reads differently.
            FencedError: another sealer is at work. After any error: open another Sealer.
        """
        records = 0
        for (topic, partition), (genesis, sealed) in self._logs.items():
            for count in self._grow(topic, partition, genesis, sealed):
                records += count
                if on_step is not None:
                    on_step(topic, count)
        publish(self._archive, [sealed for _, sealed in self._logs.values()])
        state = self._said()
        now = {sealed.log.origin: sealed.log.checkpoint() for _, sealed in self._logs.values()}
        news = self._news(state)
        before = {origin: Checkpoint(origin, size, base64.b64decode(root)) for origin, (size, root) in state.get("logs", {}).items()}
        number = int(state.get("round", 0))
        if news or before != now:
            number += 1
            entries = [*news, *round_entries(number, now_millis, before, now.values())]
            pass_by("seal_before_round")
            self._pin(entries, self._state(number, now_millis, now))
            self._finish_round()
        return Round(number, records, len(self._logs))

    def _open(self, genesis: Genesis, heads: Mapping[str, Head]) -> tuple[Genesis, SealedLog]:
        origin, folder = genesis.origin, f"logs/{genesis.topic}/{genesis.partition}"
        known, head = self._archive.read(f"{folder}/genesis.json"), heads.get(genesis.origin)
        if known is not None:
            try:
                there = Genesis.from_text(known)
            except ValueError:
                raise OperatorError(f"cannot seal {origin}: {folder}/genesis.json is damaged", hint=_RESTORE) from None
            if there.origin != origin:
                raise OperatorError(
                    f"cannot seal {origin}: the archive holds {there.origin}",
                    hint="a ledger that was made anew needs an archive of its own: move the old one away, or set LEDGER__SEALING__ARCHIVE",
                )
            genesis = there if head is not None else genesis
        elif head is not None:
            raise OperatorError(f"cannot seal {origin}: {folder}/genesis.json is not in the archive", hint=_RESTORE)
        sealed = open_log(self._archive, self._heads, folder, origin, head, self._keys_of(origin), has_payload=True)
        if head is None:
            sealed.genesis = genesis.text().encode()
            sealed.log.append(genesis_entry(genesis))
        else:
            if sealed.first_entry() != genesis_entry(genesis):
                raise OperatorError(f"cannot seal {origin}: its first entry is not that of genesis.json", hint=_RESTORE)
            self._compare(genesis, sealed)
        return genesis, sealed

    def _grow(self, topic: str, partition: int, genesis: Genesis, sealed: SealedLog) -> Iterator[int]:
        """Read what is new, and publish it step by step but for the last step; give the number of records of each."""
        _, end = self._source.bounds(topic, partition)
        following = genesis.first_offset + sealed.log.size - 1
        if end < following:
            raise _differs(topic, partition, end, "is not there any more")
        if end > following > genesis.first_offset:
            self._compare_last(genesis, sealed)
        for batch in self._source.read_whole(topic, partition, following, end, batch_records_max=STEP_RECORDS):
            for record in batch:
                sealed.log.append(record_entry(partition, record), record)
            yield len(batch)
            if sealed.log.size - sealed.size >= STEP_RECORDS:
                publish(self._archive, [sealed])

    def _pin(self, entries: Sequence[bytes], state: Mapping[str, Any]) -> None:
        """Say in PostgreSQL what the next round is, before any file of it: it is not made of the log alone, and whoever goes on must say the same."""
        said: dict[str, Any] = {"from": self._seals.size, "entries": [entry.decode() for entry in entries], "state": state}
        pin = Head(self._seals.size + len(entries), json.dumps(said))
        self._heads.move_head(f"{self._seals.log.origin}/{NEXT}", None if self._next is None else self._next.note, pin)
        self._next = pin
        pass_by("seal_after_pin")

    def _finish_round(self) -> None:
        """Publish the round that PostgreSQL says is next, if it is not published yet."""
        said: dict[str, Any] = json.loads(self._next.note) if self._next is not None else {"from": -1}
        if said["from"] == self._seals.size:
            for entry in said["entries"]:
                self._seals.log.append(entry.encode())
            publish(self._archive, [self._seals], said["state"])

    def _compare(self, genesis: Genesis, sealed: SealedLog) -> None:
        """Hold the last bundle against the broker: a broker that lost its tail gives its offsets to other records."""
        index, entries = sealed.last_entries()
        low, end = self._source.bounds(genesis.topic, genesis.partition)
        offset = genesis.first_offset + index - 1
        if index == 0:
            offset, entries = genesis.first_offset, entries[1:]
        if end < offset + len(entries):
            raise _differs(genesis.topic, genesis.partition, end, "is not there any more")
        gone = max(0, low - offset)
        self._require_same(genesis, offset + gone, entries[gone:])

    def _compare_last(self, genesis: Genesis, sealed: SealedLog) -> None:
        _, entries = sealed.last_entries()
        self._require_same(genesis, genesis.first_offset + sealed.size - 2, entries[-1:])

    def _require_same(self, genesis: Genesis, offset: int, entries: Sequence[bytes]) -> None:
        topic, partition = genesis.topic, genesis.partition
        number = len(entries)
        for batch in self._source.read_whole(topic, partition, offset, offset + number, batch_records_max=max(number, 1)):
            for record in batch:
                if record_entry(partition, record) != entries[record.offset - offset]:
                    raise _differs(topic, partition, record.offset, "reads differently now")

    def _news(self, state: Mapping[str, Any]) -> list[bytes]:
        """Entries for keys and topics that the seals log does not know as they are now."""
        known, keys = state.get("keys", []), self._vkeys()
        told = {name: Topic(*found) for name, found in state.get("topics", {}).items()}
        return [
            *(key_entry(key, "from") for key in keys if key not in known),
            *(key_entry(key, "until") for key in known if key not in keys),
            *(topic_entry(name, *topic) for name, topic in self._topics.items() if told.get(name) != topic),
        ]

    def _state(self, number: int, at_millis: int, now: Mapping[str, Checkpoint]) -> dict[str, Any]:
        return {
            "round": number,
            "at": at_millis,
            "logs": {origin: [each.size, base64.b64encode(each.root).decode()] for origin, each in now.items()},
            "keys": self._vkeys(),
            "all_keys": self._all_keys,
            "topics": {name: list(topic) for name, topic in self._topics.items()},
        }

    def _said(self) -> Mapping[str, Any]:
        """What the seals log says as it is."""
        return (self._seals.head.state if self._seals.head is not None else None) or {}

    def _vkeys(self) -> list[str]:
        return [key.verifier.text() for key in self._keys]

    def _keys_of(self, origin: str) -> Keys:
        return Keys([key.signer(origin) for key in self._keys], [Verifier(origin, verifier_from(vkey).key) for vkey in self._all_keys])


def _differs(topic: str, partition: int, offset: int, how: str) -> OperatorError:
    return OperatorError(f"cannot seal on: {topic}-{partition} offset {offset} is sealed and {how}", hint=_HINT)
