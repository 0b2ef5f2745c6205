"""Sealing under a subject's key: read again as docs/vault.md writes it, by other means; and what plain AES-GCM would let through."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from ledger.vault.sealing import UnsealError, framed, keyed_hash, new_key, seal, unseal

KEYS = st.binary(min_size=32, max_size=32)
POLYNOMIAL = 0xE1 << 120


@given(KEYS, st.binary(max_size=200), st.binary(max_size=60))
def test_what_is_sealed_opens_again(key: bytes, text: bytes, about: bytes) -> None:
    sealed = seal(key, text, about)

    assert unseal(key, sealed, about) == text
    assert text not in sealed or len(text) < 4
    assert (len(sealed) - 1 - 32 - 32 - 16) % 32 == 0


@given(KEYS, KEYS, st.binary(max_size=50))
def test_another_key_does_not_open_it(key: bytes, other: bytes, text: bytes) -> None:
    if key != other:
        with pytest.raises(UnsealError, match="another"):
            unseal(other, seal(key, text, b"here"), b"here")


@given(KEYS, st.binary(max_size=50), st.binary(max_size=20), st.binary(max_size=20))
def test_moved_to_another_place_it_does_not_open(key: bytes, text: bytes, here: bytes, there: bytes) -> None:
    if here != there:
        with pytest.raises(UnsealError, match="something else"):
            unseal(key, seal(key, text, here), there)


def test_sealed_twice_nobody_sees_that_it_is_the_same() -> None:
    key = new_key()
    one, other = seal(key, b"a name", b"here"), seal(key, b"a name", b"here")

    assert not any(one[at : at + 8] == other[at : at + 8] for at in range(1, len(one), 8))


@pytest.mark.parametrize("padded", [b"", b"a name", b"a name\x80x".ljust(32, b"\0"), bytes(32)])
def test_what_was_padded_otherwise_is_not_ours(padded: bytes) -> None:
    key, salt = new_key(), b"s" * 32
    both = hmac.digest(key, b"ledger-sealed/v1" + salt, "sha512")
    body = AESGCM(both[:32]).encrypt(bytes(12), padded, b"\x01here")

    with pytest.raises(UnsealError, match="got something else"):
        unseal(key, b"\x01" + salt + both[32:] + body, b"here")


def test_no_byte_is_free() -> None:
    key = new_key()
    sealed = seal(key, b"a name", b"here")

    for place in range(len(sealed)):
        for bit in (0, 7):
            changed = bytearray(sealed)
            changed[place] ^= 1 << bit
            with pytest.raises(UnsealError):
                unseal(key, bytes(changed), b"here")
    for end in range(len(sealed)):
        with pytest.raises(UnsealError):
            unseal(key, sealed[:end], b"here")
    with pytest.raises(UnsealError):
        unseal(key, sealed + b"\0", b"here")


@given(KEYS, st.binary(max_size=100), st.binary(max_size=40))
def test_it_is_what_the_page_says_by_other_means(key: bytes, text: bytes, about: bytes) -> None:
    """Counter mode and GHASH by hand, HMAC from the standard library: nothing of ledger.vault."""
    sealed = seal(key, text, about)
    salt, commitment, body, tag = sealed[1:33], sealed[33:65], sealed[65:-16], sealed[-16:]

    both = hmac.new(key, b"ledger-sealed/v1" + salt, hashlib.sha512).digest()
    counter = Cipher(algorithms.AES256(both[:32]), modes.CTR(bytes(12) + (2).to_bytes(4, "big"))).decryptor()

    assert (sealed[0], commitment) == (1, both[32:])
    assert counter.update(body) == text + b"\x80" + bytes(-(len(text) + 1) % 32)
    assert tag == gcm_tag(both[:32], body, b"\x01" + about)


def test_one_ciphertext_for_two_keys_opens_under_plain_gcm_and_not_here() -> None:
    """The attack that decision 25 speaks of, on the keys that two data keys and one salt give."""
    keys, salt, about = (b"\x01" * 32, b"\x02" * 32), b"s" * 32, b"here"
    once = [hmac.digest(key, b"ledger-sealed/v1" + salt, "sha512") for key in keys]
    both = two_faced(once[0][:32], once[1][:32], b"\x01" + about, first=b"a name".ljust(16, b"\0"), last=b"\x80".ljust(16, b"\0"))

    texts = [AESGCM(each[:32]).decrypt(bytes(12), both, b"\x01" + about) for each in once]
    assert texts[0] != texts[1], "the forgery fails under plain AES-GCM: then this test shows nothing"
    assert unseal(keys[0], b"\x01" + salt + once[0][32:] + both, about)[:6] == b"a name"
    with pytest.raises(UnsealError, match="got another"):
        unseal(keys[1], b"\x01" + salt + once[0][32:] + both, about)


def test_a_short_key_is_refused() -> None:
    for key in (b"", b"k" * 31, b"k" * 33):
        with pytest.raises(ValueError, match="32 bytes"):
            seal(key, b"text", b"")
        with pytest.raises(ValueError, match="32 bytes"):
            keyed_hash(key, "a")


@given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
def test_two_lists_of_parts_never_give_the_same_bytes(one: list[bytes], other: list[bytes]) -> None:
    assert (framed(*one) == framed(*other)) == (one == other)


def test_hmac_as_rfc_4231_has_it() -> None:
    """Test case 6 of RFC 4231 shows which HMAC this is; ours takes keys of 32 bytes and framed parts alone."""
    found = hmac.digest(b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First", "sha512")
    assert found.hex().startswith("80b24263c7c1a3ebb71493c1dd7be8b4")
    assert keyed_hash(b"k" * 32, "a", b"b") == hmac.new(b"k" * 32, b"\0\0\0\1a\0\0\0\1b", hashlib.sha256).digest()


# -- GCM by hand (NIST SP 800-38D): numbers of 128 bits, the first bit the highest


def times(one: int, other: int) -> int:
    product = 0
    for bit in range(127, -1, -1):
        if other >> bit & 1:
            product ^= one
        one = one >> 1 ^ (POLYNOMIAL if one & 1 else 0)
    return product


def inverse(number: int) -> int:
    """number to the power of 2**128 - 2."""
    found, power = 1 << 127, number
    for _ in range(127):
        power = times(power, power)
        found = times(found, power)
    return found


def block(key: bytes, counter: int) -> int:
    encryptor = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # noqa: S305  one block, as GCM is made of
    return int.from_bytes(encryptor.update(bytes(12) + counter.to_bytes(4, "big")), "big")


def hash_key(key: bytes) -> int:
    encryptor = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # noqa: S305
    return int.from_bytes(encryptor.update(bytes(16)), "big")


def blocks_of(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 16].ljust(16, b"\0"), "big") for at in range(0, len(data), 16)]


def gcm_tag(key: bytes, body: bytes, about: bytes) -> bytes:
    total, factor = 0, hash_key(key)
    for each in [*blocks_of(about), *blocks_of(body), len(about) * 8 << 64 | len(body) * 8]:
        total = times(total ^ each, factor)
    return (total ^ block(key, 1)).to_bytes(16, "big")


def two_faced(one: bytes, other: bytes, about: bytes, *, first: bytes, last: bytes) -> bytes:
    """A ciphertext of four blocks and its tag that both keys accept: the third block is solved for, the tag is a sum linear in it."""
    body = [block(one, 2) ^ int.from_bytes(first, "big"), block(one, 3), 0, block(one, 5) ^ int.from_bytes(last, "big")]
    joined = b"".join(each.to_bytes(16, "big") for each in body)
    without = int.from_bytes(gcm_tag(one, joined, about), "big") ^ int.from_bytes(gcm_tag(other, joined, about), "big")
    weights = [hash_key(one), hash_key(other)]
    cubes = [times(times(each, each), each) for each in weights]  # the third of four blocks, and the lengths behind them
    body[2] = times(without, inverse(cubes[0] ^ cubes[1]))
    joined = b"".join(each.to_bytes(16, "big") for each in body)
    return joined + gcm_tag(one, joined, about)
