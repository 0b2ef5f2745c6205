"""Recognise what looks like a personal value where a category or a reference belongs.

A lint, not a wall: it catches the e-mail address in the order number, not someone who wants to get round it. Must never
return, log or raise with the text it looked at. Pure. Sources: RFC 5322 (addresses), ISO 13616 (IBAN, with the lengths of
its registry), E.164 and the Dutch numbering plan (phones), RFC 4291 (IPv6), the eleven-test of the Dutch citizen service number.
"""

from __future__ import annotations

import re
import socket  # inet_pton alone; the module ipaddress would cost as much to import as the rest of the SDK
from typing import Final

EMAIL: Final = "an e-mail address"
IBAN: Final = "a bank account number"
PHONE: Final = "a phone number"
IP: Final = "an IP address"
CITIZEN_NUMBER: Final = "a citizen service number"
ADDRESS: Final = "a postcode with house number"
NAME: Final = "a name or free text"
DOMAIN: Final = "a domain name"

_EMAIL = re.compile(r"[^\s@:/]@[^\s@]+\.[^\s@]")
_IPV4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
_PHONE = re.compile(r"(?:(?:\+|00)[1-9][0-9]{0,2}[ .()-]*(?:[ .()-]*[0-9]){6,12}|0[1-9](?:[ .-]?[0-9]){8}|31[1-9][0-9]{8})")
# Lower case only beside a space: eight hexadecimal digits would else be an address once in a hundred.
_POSTCODE = re.compile(r"(?<![A-Za-z0-9])[1-9][0-9]{3}(?:[._-]?[A-Z]{2}| [A-Za-z]{2})[ ._-]?[0-9]{1,5}(?:[ ._-]?[A-Za-z]{1,2})?(?![A-Za-z0-9])")
_WORD = r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+(?:['’][A-Z][a-z]+)?"  # noqa: RUF001  names are written with both apostrophes
_NAME = re.compile(rf"(?:[A-Z]\.)*[ ._-]?{_WORD}(?:[ ._-]+(?:van|von|de|den|der|het|ten|ter|di|da|la|el|al|{_WORD}))*[ ._-]+{_WORD}")
_INITIALS = re.compile(rf"(?:[A-Z]\.)+[ ._-]?(?:(?:van|de|den|der|ten|ter)[ ._-])*{_WORD}")
_CITIZEN_NUMBER = re.compile(r"(?<!\d)\d{9}(?!\d)")
# Extensions under which the customers of a Dutch hoster register; a list, since any `word.word` would match otherwise.
_DOMAIN = re.compile(
    r"(?i)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:nl|com|net|org|eu|be|de|fr|uk|info|biz|nu|io|co|me|shop|online|site|"
    r"amsterdam|frl|email|app|dev|tv|cc|mobi|name|xyz)"
)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,29}|[a-z]{2}[0-9]{2}[a-z0-9]{11,29}")
# Length by country: without it one random reference in a few thousand would pass for an account.
_IBAN_LENGTHS_TEXT = """
    AD:24 AE:23 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 EE:20 ES:24 FI:18 FO:18 FR:27
    GB:22 GE:22 GI:23 GL:18 GR:27 HR:21 HU:28 IE:22 IL:23 IS:26 IT:27 KW:30 KZ:20 LB:28 LI:21 LT:20 LU:20 LV:21 MC:27 MD:24
    ME:22 MK:19 MR:27 MT:31 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SE:24 SI:19 SK:24 SM:27 TN:24 TR:26
    UA:29 VG:24 XK:20
"""
_IBAN_LENGTHS = {pair[:2]: int(pair[3:]) for pair in _IBAN_LENGTHS_TEXT.split()}
_SPLIT = re.compile(r"[:/]")
_IBAN_SEPARATORS = str.maketrans("", "", " .-_")
# What every kind above needs at the least: a digit, a space, an @, a plus, or two capitalised words.
_SUSPECT = re.compile(r"[\d\s@+]|[A-ZÀ-ÖØ-Þ][^A-Z]*[A-ZÀ-ÖØ-Þ]|[^\x00-\x7f]")


def personal_kind(text: str) -> str | None:
    """Say what the text looks like (one of the constants above), or None. A domain name is judged by `is_domain_name`."""
    if not _SUSPECT.search(text):
        return None
    if "@" in text and _EMAIL.search(text):
        return EMAIL
    if text.count(".") >= 3 and _IPV4.search(text):
        return IP
    if text.count(":") >= 2 and _is_ipv6(text):
        return IP
    for part in {text, *_SPLIT.split(text)}:
        if len(part) < 6:
            continue
        if _is_iban(part):
            return IBAN
        if _PHONE.fullmatch(part):
            return PHONE
        if _POSTCODE.fullmatch(part):
            return ADDRESS
        if len(part) == 9 and part.isdigit() and _passes_eleven_test(part):
            return CITIZEN_NUMBER
        if _NAME.fullmatch(part) or _INITIALS.fullmatch(part):
            return NAME
    return _kind_in_prose(text) if " " in text or not text.isascii() else None


def is_domain_name(text: str) -> bool:
    """Say whether the text is a domain name: that belongs into a sealed field, under the subject's key."""
    return _DOMAIN.fullmatch(text) is not None


def _kind_in_prose(text: str) -> str:
    """Free text never belongs into a reference; say the most telling thing about it."""
    if _POSTCODE.search(text):
        return ADDRESS
    if any(_passes_eleven_test(found) for found in _CITIZEN_NUMBER.findall(text)):
        return CITIZEN_NUMBER
    return NAME


def _is_iban(text: str) -> bool:
    account = text.translate(_IBAN_SEPARATORS)
    if not _IBAN.fullmatch(account):
        return False
    account = account.upper()
    if _IBAN_LENGTHS.get(account[:2]) != len(account):
        return False
    return int("".join(str(int(letter, 36)) for letter in account[4:] + account[:4])) % 97 == 1


def _is_ipv6(text: str) -> bool:
    for candidate in (text, text.partition("/")[0], text.partition(":")[2]):
        try:
            socket.inet_pton(socket.AF_INET6, candidate)
        except (OSError, ValueError):
            continue
        return True
    return False


def _passes_eleven_test(digits: str) -> bool:
    weighed = sum(weight * int(digit) for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return weighed % 11 == 0 and digits != "000000000"
