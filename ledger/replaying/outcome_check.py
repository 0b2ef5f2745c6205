"""Compares the outcomes a fold derives with those that were published: an audit of the ledger's own verdicts.

Same prefix of the log, same ids, same bytes: value, message key and headers. What is not on the topic is `missing` only where that can be decided;
all else is counted as not yet sent, and told. Must never hold the values of a partition in memory: digests of them are enough.
Source: docs/evidence.md section 10; docs/decisions/0003; GDPR Art. 5(2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, NamedTuple

from ledger.contract import codec
from ledger.contract.cloudevents import cloudevents_headers
from ledger.errors import LedgerError

Place = tuple[int, bytes, int]
"""(offset in facts of the record, subject_id, ordinal): the order of the outbox, which is that of the topic."""
Headers = Sequence[tuple[str, bytes | None]]

EXAMPLES_MAX: Final = 20
"""Of all kinds together that are kept for the report; the counts go on."""


class Published(NamedTuple):
    """A record of a topic of outcomes. headers None: they cannot be read."""

    offset: int
    key: bytes | None
    value: bytes
    headers: Headers | None


class Example(NamedTuple):
    """One difference. offset: in the topic, None where it is not there. fact_offset: of the record it was derived from, None where none was."""

    kind: str
    event_id: str
    topic: str
    partition: int
    offset: int | None
    fact_offset: int | None
    what: str


class Due(NamedTuple):
    """What must be on a topic by the moment at which it was read. Each alone is enough.

    sent_up_to: the last outcome that somebody who noted it saw acknowledged. before: of every record of `facts` below this offset.
    is_whole: the fold went as far as what is published; else what is published may be of later records.
    """

    sent_up_to: Place | None = None
    before: int = 0
    is_whole: bool = True


@dataclass(slots=True)
class Findings:
    """What differs. missing: derived and due on the topic, not there. extra: there, not derived. different: same id, other bytes.

    unsent: derived, not there, and not decided: it may still be on its way. unsent_from: partition of facts -> offset of the first record of such.
    later: published for records behind the fold's end, as far as their place on the topic shows; not judged.
    unpublished_from: partition of facts -> the first derived outcome that is not on its topic, for whatever reason.
    """

    derived: int = 0
    published: int = 0
    missing: int = 0
    extra: int = 0
    different: int = 0
    unsent: int = 0
    later: int = 0
    unsent_from: dict[int, int] = field(default_factory=dict)
    unpublished_from: dict[int, Place] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs; what is not yet sent is no difference, and is told."""
        return not (self.missing or self.extra or self.different)

    def add(self, other: Findings) -> None:
        """Add the findings of another topic or partition."""
        for name in ("derived", "published", "missing", "extra", "different", "unsent", "later"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for partition, offset in other.unsent_from.items():
            self.unsent_from[partition] = min(offset, self.unsent_from.get(partition, offset))
        for partition, place in other.unpublished_from.items():
            self.unpublished_from[partition] = min(place, self.unpublished_from.get(partition, place))
        self.examples = (self.examples + other.examples)[:EXAMPLES_MAX]


class _Derived(NamedTuple):
    place: Place
    event_id: bytes
    envelope: bytes


def compare_outcomes(
    topic: str, partition: int, derived: Iterable[tuple[Place, bytes, bytes | None, bytes]], published: Iterable[Published], due: Due
) -> Findings:
    """Compare one topic of one partition.

    derived: (place, event id, message key, value), any order. published: in order; one that is there twice was sent twice, which is harmless.

    The relay sends in order of places: whatever is derived and lies before one that is there is due. So a stranger before the first appearance of
    a derived one is of no later record either.
    """
    found = Findings()
    known: dict[bytes, _Derived] = {}
    for place, event_id, key, value in derived:
        known[_digest(value)] = _Derived(place, event_id, _envelope(key, cloudevents_headers(*codec.decode(value))))
        found.derived += 1
    places = {each.event_id: each.place for each in known.values()}
    seen: set[bytes] = set()
    last: Place | None = None
    held = Findings()  # strangers that may still turn out to be of later records

    def note(into: Findings, kind: str, event_id: bytes, offset: int | None, what: str = "") -> None:
        setattr(into, kind, getattr(into, kind) + 1)
        if len(into.examples) < EXAMPLES_MAX:
            place = places.get(event_id)
            into.examples.append(Example(kind, event_id.hex(), topic, partition, offset, None if place is None else place[0], what))

    for record in published:
        found.published += 1
        one = known.get(_digest(record.value))
        event_id = _event_id(record.value) if one is None else one.event_id
        if one is None and event_id in places:
            note(found, "different", event_id, record.offset, "value")
        elif one is None:
            note(held, "extra", event_id, record.offset)
        elif record.headers is None or one.envelope != _envelope(record.key, record.headers):
            note(found, "different", event_id, record.offset, "message key or headers")
        if event_id in places and event_id not in seen:
            seen.add(event_id)
            if last is None or places[event_id] > last:
                last = places[event_id]
                found.add(held)
                held = Findings()
    if due.is_whole:
        found.add(held)
    else:
        found.later += held.extra
    for event_id, place in places.items():
        if event_id in seen:
            continue
        found.unpublished_from[partition] = min(place, found.unpublished_from.get(partition, place))
        if (last is not None and place <= last) or (due.sent_up_to is not None and place <= due.sent_up_to) or place[0] < due.before:
            note(found, "missing", event_id, None)
        else:
            found.unsent += 1
            found.unsent_from[partition] = min(place[0], found.unsent_from.get(partition, place[0]))
    return found


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()


def _envelope(key: bytes | None, headers: Headers) -> bytes:
    """Of what stands around the value; the order of headers counts."""
    return _digest(repr((key, [(name, value) for name, value in headers])).encode())


def _event_id(value: bytes) -> bytes:
    """The event id of a published value, or a stand-in for one that cannot be read: it is reported as extra either way."""
    try:
        event_id = codec.decode(value)[1]["event_id"]
    except (LedgerError, KeyError):
        return _digest(value)
    return bytes(event_id)
