"""Encrypt under a key of 32 bytes so that the result opens under that key alone, and only for what it was made for.

Plain AES-GCM is not enough: one ciphertext can be made that opens under two keys to two different texts, and two auditors would be shown two records.
So each message has a key of its own, derived with a commitment that is checked before anything is decrypted. The one door of `cryptography` for
encryption. Must never put a key or a text into an error. Source: docs/vault.md section 2.
"""

from __future__ import annotations

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import DataError

KEY_BYTES: Final = 32
_FORMAT: Final = b"\x01"
_LABEL: Final = b"ledger-sealed/v1"
_SALT_BYTES, _HALF, _TAG_BYTES = 32, 32, 16
_NONCE: Final = bytes(12)  # each derived key is used once
_ROUND: Final = 32
_LEAST: Final = len(_FORMAT) + _SALT_BYTES + _HALF + _ROUND + _TAG_BYTES


class UnsealError(DataError):
    """The bytes do not open under this key for this purpose. Says nothing of either."""


def new_key() -> bytes:
    """A key of fresh random bytes."""
    return os.urandom(KEY_BYTES)


def framed(*parts: str | bytes) -> bytes:
    """Parts one after the other, each behind its length, so that no two lists of parts give the same bytes."""
    encoded = [part if isinstance(part, bytes) else part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def seal(key: bytes, text: bytes, about: bytes, *, salt: bytes | None = None) -> bytes:
    """Encrypt text. about: what it belongs to; not in the result, and asked for again when it is opened. salt: for tests alone."""
    if salt is None:
        salt = os.urandom(_SALT_BYTES)
    once, commitment = _derived(key, salt)
    padded = text + b"\x80" + bytes(-(len(text) + 1) % _ROUND)  # the length of a name says something of the name
    return _FORMAT + salt + commitment + AESGCM(once).encrypt(_NONCE, padded, _FORMAT + about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """Decrypt what `seal` made under this key for this purpose.

    Raises:
        UnsealError: another key, another purpose, or a byte was changed.
    """
    if len(sealed) < _LEAST or sealed[:1] != _FORMAT:
        raise UnsealError("cannot open: expected what the vault has sealed, got something else")
    body = sealed[len(_FORMAT) :]
    salt, committed, ciphertext = body[:_SALT_BYTES], body[_SALT_BYTES : _SALT_BYTES + _HALF], body[_SALT_BYTES + _HALF :]
    once, commitment = _derived(key, salt)
    if not hmac.compare_digest(commitment, committed):
        raise UnsealError("cannot open: expected the key that it was sealed under, got another")
    try:
        padded = AESGCM(once).decrypt(_NONCE, ciphertext, _FORMAT + about)
    except InvalidTag:
        raise UnsealError("cannot open: it belongs to something else, or was changed") from None
    text, end, rest = padded.rpartition(b"\x80")
    if not end or any(rest):
        raise UnsealError("cannot open: expected what the vault has sealed, got something else")
    return text


def keyed_hash(key: bytes, *parts: str | bytes) -> bytes:
    """HMAC-SHA256 over framed parts: 32 bytes that nobody can find again without the key."""
    return hmac.digest(_whole(key), framed(*parts), "sha256")


def _derived(key: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """A key for one message, and what commits to it."""
    both = hmac.digest(_whole(key), _LABEL + salt, "sha512")
    return both[:_HALF], both[_HALF:]


def _whole(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:  # HMAC fills up a shorter key with zeros: two keys would be one
        raise ValueError(f"cannot use key: expected {KEY_BYTES} bytes, got another number")
    return key
