"""Compares the outcomes a fold derives with those that were published: an audit of the ledger's own verdicts.

Same prefix of the log, same ids, same bytes. Must never hold the values of a partition in memory: digests of them are enough.
Source: docs/decisions/0003; GDPR Art. 5(2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from ledger.contract import codec
from ledger.errors import LedgerError

Place = tuple[int, bytes, int]
"""(offset in facts of the record, subject_id, ordinal): the order of the outbox."""

#: Ids of each kind that are kept for the report; the counts go on.
EXAMPLES_MAX = 20


@dataclass(slots=True)
class Findings:
    """What differs. missing: derived and due on the topic, not there. extra: there, not derived. different: same id, other bytes."""

    derived: int = 0
    published: int = 0
    missing: int = 0
    extra: int = 0
    different: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs."""
        return not (self.missing or self.extra or self.different)

    def note(self, kind: str, event_id: bytes) -> None:
        """Remember the id of one difference. kind: missing, extra or different."""
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append((kind, event_id.hex()))

    def add(self, other: Findings) -> None:
        """Add the findings of another topic or partition."""
        self.derived += other.derived
        self.published += other.published
        self.missing += other.missing
        self.extra += other.extra
        self.different += other.different
        self.examples = (self.examples + other.examples)[:EXAMPLES_MAX]


def compare_outcomes(derived: Iterable[tuple[Place, bytes, bytes]], published: Iterable[bytes], sent_up_to: Place | None) -> Findings:
    """Compare one topic of one partition.

    derived: (place, event id, value). published: values on the topic; a value that is there twice was sent twice, which is harmless.
    sent_up_to: the last outcome that was acknowledged before `published` was read; later ones may still be in the outbox.
    """
    findings = Findings()
    by_digest: dict[bytes, tuple[Place, bytes]] = {}
    for place, event_id, value in derived:
        by_digest[_digest(value)] = (place, event_id)
        findings.derived += 1
    seen: set[bytes] = set()
    strangers: dict[bytes, bytes] = {}
    for value in published:
        findings.published += 1
        digest = _digest(value)
        if digest in by_digest:
            seen.add(digest)
        else:
            strangers[digest] = _event_id(value)
    expected_ids = {event_id for _, event_id in by_digest.values()}
    replaced = set()
    for event_id in strangers.values():
        if event_id in expected_ids:
            findings.different += 1
            findings.note("different", event_id)
            replaced.add(event_id)
        else:
            findings.extra += 1
            findings.note("extra", event_id)
    for digest, (place, event_id) in by_digest.items():
        is_due = sent_up_to is not None and place <= sent_up_to
        if is_due and digest not in seen and event_id not in replaced:
            findings.missing += 1
            findings.note("missing", event_id)
    return findings


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()


def _event_id(value: bytes) -> bytes:
    """The event id of a published value, or a stand-in for one that cannot be read: it is reported as extra either way."""
    try:
        event_id = codec.decode(value)[1]["event_id"]
    except (LedgerError, KeyError):
        return _digest(value)
    return bytes(event_id)
