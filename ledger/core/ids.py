"""Ids that are derived, so that the same log gives the same ids everywhere.

Random ids are made by the emitter, never here. All derived ids are 16 bytes of BLAKE2b (RFC 7693) over length-prefixed parts, under a label that
keeps their kinds apart.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from struct import unpack_from
from typing import Final

HoldingKey = tuple[str, str | None, str, str | None, str | None]
"""(holder, store, purpose, ref, received_from): what makes two holdings of one subject different."""


REGISTER_REF: Final = "register"
"""The reference of the controller's own duties; no person or dataset may have it (docs/duties.md section 7)."""
REGISTER_PARTITION: Final = 0
"""The partition of `facts` whose register copies are folded for the controllers."""


def message_key(controller: str, subject_ref: str) -> bytes:
    """The Kafka key of a subject's facts: all of them land in one partition, in order."""
    return f"{controller}/{subject_ref}".encode()


def subject_id(controller: str, subject_ref: str) -> bytes:
    """The 16-byte row key of a subject. A controller name holds no `/`, so the message key is unambiguous."""
    return subject_id_of(message_key(controller, subject_ref))


def subject_id_of(key: bytes) -> bytes:
    """The row key of the subject with this message key."""
    return blake2b(key, digest_size=16, person=b"subject").digest()


def holding_id(key: HoldingKey | tuple[str, str | None, str | None, str | None, str | None]) -> bytes:
    """The 16-byte row key of a holding within its subject, or of what else an obligation is about."""
    return blake2b(repr(key).encode(), digest_size=16, person=b"holding").digest()


def tally_id(key: tuple[str | None, ...]) -> bytes:
    """The 16-byte row key of what a tally of the fold counts, within its partition."""
    return blake2b(repr(key).encode(), digest_size=16, person=b"tally").digest()


def entry_id(section: str, identity: str) -> bytes:
    """The 16-byte row key of one entry of a subject's state within that subject."""
    return blake2b(f"{section}/{identity}".encode(), digest_size=16, person=b"entry").digest()


def outcome_id(kind: str, partition: int, offset: int, what: bytes) -> bytes:
    """The id of an outcome raised by the record at this position; `what` tells apart the outcomes of one record."""
    return outcome_hash(kind, partition, offset, what).digest()


def outcome_hash(kind: str, partition: int, offset: int, what: bytes = b"") -> blake2b:
    """The hash of an id that is not complete: of many outcomes of one record only what tells them apart is hashed for each."""
    return blake2b(f"{kind}/{partition}/{offset}/".encode() + what, digest_size=16, person=b"outcome")


def outcome_salt(cause_salt: bytes, event_id: bytes) -> bytes:
    """The salt of an outcome: as hard to guess as the salt of the record that caused it, and the same at every replay."""
    return salt_hash(cause_salt, event_id).digest()


def salt_hash(cause_salt: bytes, event_id: bytes = b"") -> blake2b:
    """The hash of a salt that is not complete; as outcome_hash."""
    return blake2b(event_id, key=cause_salt, digest_size=16, person=b"salt")


def partition_of_subject(controller: str, subject_ref: str, partitions: int) -> int:
    """The partition of `facts` in which all that is known of a subject stands; the controller's own stands in the first."""
    return REGISTER_PARTITION if subject_ref == REGISTER_REF else partition_of(message_key(controller, subject_ref), partitions)


@lru_cache(maxsize=4096)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition Kafka's Java client and `murmur2_random` choose for a key (org.apache.kafka.common.utils.Utils.murmur2)."""
    length = len(key)
    h = 0x9747B28C ^ length
    for word in unpack_from(f"<{length >> 2}I", key):
        k = word * 0x5BD1E995 & 0xFFFFFFFF
        h = (h * 0x5BD1E995 ^ (k ^ k >> 24) * 0x5BD1E995) & 0xFFFFFFFF
    tail = key[length & ~3 :]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * 0x5BD1E995 & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    h ^= h >> 15
    return (h & 0x7FFFFFFF) % partitions
