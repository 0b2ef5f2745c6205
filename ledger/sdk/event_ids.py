"""Ids of events, made by the emitter before anything leaves, so that a repeat carries the id of the first try.

Must never put anything about a person into an id. Source: RFC 9562, sections 5.7 (version 7), 5.8 (version 8) and 6.2
(monotonic counter); docs/events.md, the envelope.
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
import time
import uuid
from typing import Final

from ledger.contract.broken_rules import Rule

_TAIL_AND_SALT = struct.Struct(">Q16s")
_RANDOM_CHUNK = 512 * _TAIL_AND_SALT.size  # fetched from the system at once: a call for each event would cost as much as its encoding
_pack_id = struct.Struct(">QQ").pack
_VARIANT = 0x8000_0000_0000_0000
NO_ID: Final = Rule("no_id", "expected a UUID: 16 bytes, or its text of 36 characters")


class IdMaker:
    """Makes event ids and salts for one emitter. Safe to share between threads; a forked child makes its own.

    Ids rise within one maker: 48 bits of milliseconds, a 12-bit counter within the millisecond, 62 random bits. When
    more than 4,096 ids fall into one millisecond, or the clock steps back, the time in the id runs ahead instead.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._random = _TAIL_AND_SALT.iter_unpack(b"")
        self._stamp = 0  # milliseconds << 12 | counter, of the last id

    def make(self, now_ns: int) -> tuple[bytes, bytes]:
        """Return a new (event id, salt): a UUIDv7 of 16 bytes greater than every one before it, and 16 random bytes.

        now_ns: the wall clock, already read.
        """
        with self._lock:
            stamp = now_ns // 1_000_000 << 12
            if stamp <= self._stamp:
                stamp = self._stamp + 1
            self._stamp = stamp
            drawn = next(self._random, None)
            if drawn is None:
                self._random = _TAIL_AND_SALT.iter_unpack(os.urandom(_RANDOM_CHUNK))
                drawn = next(self._random)
        tail, salt = drawn
        return _pack_id(stamp >> 12 << 16 | 0x7000 | stamp & 0xFFF, tail >> 2 | _VARIANT), salt

    def event_id(self, now_ns: int | None = None) -> bytes:
        """Return a new event id alone. now_ns: the wall clock, if already read."""
        return self.make(time.time_ns() if now_ns is None else now_ns)[0]

    def random16(self) -> bytes:
        """Return 16 bytes from the system's generator."""
        return os.urandom(16)


def id_text(event_id: bytes) -> str:
    """Return the usual text of a UUID of 16 bytes."""
    digits = event_id.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def id_bytes(event_id: str | uuid.UUID | bytes) -> bytes:
    """Return the 16 bytes of an id in any of its forms.

    Raises:
        ValueError: it is none; the message does not hold it.
    """
    if isinstance(event_id, bytes) and len(event_id) == 16:
        return event_id
    if isinstance(event_id, uuid.UUID):
        return event_id.bytes
    if isinstance(event_id, str) and len(event_id) == 36:
        try:
            return uuid.UUID(event_id).bytes
        except ValueError:
            pass
    raise ValueError(NO_ID)


def is_event_id(id16: bytes) -> bool:
    """Say whether 16 bytes are a UUID that a generator makes: version 1 to 8 in the variant of RFC 9562; not nil, not max."""
    return 0x10 <= id16[6] < 0x90 and id16[8] & 0xC0 == 0x80


def derived_id(origin: bytes, number: int, at_micros: int) -> tuple[bytes, bytes]:
    """Return (event id, salt) for line `number` of the file whose SHA-256 is `origin`: same file and line, same bytes.

    The id is a UUIDv8 that sorts by the event's own time (48 bits of milliseconds), the rest a digest. Neither lets
    anyone who lacks the file find the other: both come from the file's digest, which is in neither.
    """
    digest = hashlib.sha256(b"ledger emit" + origin + number.to_bytes(8, "big")).digest()
    return _derived(digest, at_micros), digest[16:]


def answer_id(source: str, obligation_id: bytes, type_name: str, at_micros: int) -> bytes:
    """Return the id of the fact by which a service answers an obligation: answered again, it is the same, and the ledger counts it once.

    source: part of it, since an id that two sources use is a mistake to the ledger. at_micros: when the obligation was raised.
    """
    parts = (source.encode(), obligation_id, type_name.encode())
    digest = hashlib.sha256(b"ledger act" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)).digest()
    return _derived(digest, at_micros)


def _derived(digest: bytes, at_micros: int) -> bytes:
    millis = max(at_micros, 0) // 1000 & 0xFFFF_FFFF_FFFF
    high = millis << 16 | 0x8000 | int.from_bytes(digest[:2], "big") & 0x0FFF
    low = int.from_bytes(digest[2:10], "big") >> 2 | _VARIANT
    return (high << 64 | low).to_bytes(16, "big")
