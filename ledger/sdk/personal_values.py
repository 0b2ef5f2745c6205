"""Recognise what looks like a personal value where a category or a reference belongs.

A lint, not a wall: it catches the e-mail address in the order number, not someone who wants to get round it. Must never
return, log or raise with the text it looked at. Pure. Sources: RFC 5322 (addresses), ISO 13616 (IBAN, with the lengths of
its registry), E.164 and the Dutch numbering plan (phones), RFC 4291 (IPv6), IEEE 802 (MAC), ISO/IEC 7812 (cards), the eleven-test of the
Dutch citizen service number.
"""

from __future__ import annotations

import re
import socket  # inet_pton alone; the module ipaddress would cost as much to import as the rest of the SDK
from typing import Final

EMAIL: Final = "an e-mail address"
IBAN: Final = "a bank account number"
PHONE: Final = "a phone number"
IP: Final = "an IP address"
MAC: Final = "a network card's address"
CARD: Final = "a card number"
CITIZEN_NUMBER: Final = "a citizen service number"
ADDRESS: Final = "a postcode with house number"
NAME: Final = "a name or free text"
DOMAIN: Final = "a domain name"

_EMAIL = re.compile(r"[^\s@:/]@[^\s@]+\.[^\s@]")
_EMAIL_IN_WORDS = re.compile(r"(?i)[a-z0-9]_at_[a-z0-9_.-]+(?:\.|_dot_)[a-z]{2,}")
_HEX = "[0-9A-Fa-f]"
# With dashes or dots only where a letter is among the digits: a time or a number in groups looks like that too.
_MAC = re.compile(
    rf"(?<!{_HEX})(?:{_HEX}{{2}}:){{5}}{_HEX}{{2}}(?!{_HEX})|(?<!{_HEX})(?=[0-9-]*[A-Fa-f])(?:{_HEX}{{2}}-){{5}}{_HEX}{{2}}(?!{_HEX})"
    rf"|(?<![0-9A-Fa-f.])(?=[0-9.]*[A-Fa-f])(?:{_HEX}{{4}}\.){{2}}{_HEX}{{4}}(?![0-9A-Fa-f.])"
)
# 13 to 19 digits in the ranges of payment cards: with all others a time in milliseconds would be a card once in ten.
_CARD = re.compile(r"(?:[3-6][0-9]|2[2-7]|8[12]|97)(?:[ .-]?[0-9]){11,17}")
_IPV4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
_PHONE = re.compile(r"(?:(?:\+|00)[1-9][0-9]{0,2}[ .()-]*(?:[ .()-]*[0-9]){6,12}|0[1-9](?:[ .-]?[0-9]){8}|31[1-9][0-9]{8})")
# Lower case only beside a space: eight hexadecimal digits would else be an address once in a hundred.
_POSTCODE = re.compile(r"(?<![A-Za-z0-9])[1-9][0-9]{3}(?:[._-]?[A-Z]{2}| [A-Za-z]{2})[ ._-]?[0-9]{1,5}(?:[ ._-]?[A-Za-z]{1,2})?(?![A-Za-z0-9])")
_WORD = r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+(?:['’][A-Z][a-z]+)?"  # noqa: RUF001  names are written with both apostrophes
_NAME = re.compile(rf"(?:[A-Z]\.)*[ ._-]?{_WORD}(?:[ ._-]+(?:van|von|de|den|der|het|ten|ter|di|da|la|el|al|{_WORD}))*[ ._-]+{_WORD}")
_INITIALS = re.compile(rf"(?:[A-Z]\.)+[ ._-]?(?:(?:van|de|den|der|ten|ter)[ ._-])*{_WORD}")
# As mail boxes and log-ins are written: j.jansen, jan.van.vries; and a title with what follows it.
_PARTICLES = r"(?:(?:van|von|de|den|der|het|ten|ter|di|da|la|el|al)[._])*"
_DOTTED_NAME = re.compile(rf"(?i)[a-z]+\.(?:[a-z]+\.)?{_PARTICLES}[a-z]+")
_TITLE_INITIALS = frozenset("mMdD")
_TITLED_NAME = re.compile(r"(?i)(?:mevrouw|meneer|mevr|mw|dhr|mr|mrs|ms)[._-]+[a-z]{2,}(?:[._-]+[a-z]+)*")
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
# What every kind but a written name needs at the least: a digit, a space, an @, a plus, two capitalised words; or five colons or dashes, or an
# underscore.
_SUSPECT = re.compile(r"[\d\s@+]|[A-ZÀ-ÖØ-Þ][^A-Z]*[A-ZÀ-ÖØ-Þ]|[^\x00-\x7f]")


def personal_kind(text: str) -> str | None:
    """Say what the text looks like (one of the constants above), or None. A domain name is judged by `is_domain_name`."""
    if not _SUSPECT.search(text) and "_" not in text and text.count(":") < 5 and text.count("-") < 5:
        return None
    if "@" in text and _EMAIL.search(text):
        return EMAIL
    if "_" in text and _EMAIL_IN_WORDS.search(text):
        return EMAIL
    if text.count(".") >= 3 and _IPV4.search(text):
        return IP
    if (text.count(":") >= 5 or text.count("-") >= 5 or text.count(".") == 2) and _MAC.search(text):
        return MAC
    if text.count(":") >= 2 and _is_ipv6(text):
        return IP
    for part in _parts(text):
        if len(part) < 6:
            continue
        if _is_iban(part):
            return IBAN
        if _PHONE.fullmatch(part):
            return PHONE
        if len(part) >= 13 and _CARD.fullmatch(part) and _passes_luhn(part):
            return CARD
        if _POSTCODE.fullmatch(part):
            return ADDRESS
        if len(part) == 9 and part.isdigit() and _passes_eleven_test(part):
            return CITIZEN_NUMBER
        if _NAME.fullmatch(part) or _INITIALS.fullmatch(part):
            return NAME
    return _kind_in_prose(text) if " " in text or not text.isascii() else None


def is_domain_name(text: str) -> bool:
    """Say whether the text is a domain name: that belongs into a sealed field, under the subject's key."""
    return "." in text and _DOMAIN.fullmatch(text) is not None


def is_written_name(text: str) -> bool:
    """Say whether the text is a name as mail boxes have it, or a title with a name. Only a reference is judged so: systems are named alike."""
    for part in _parts(text):
        if "." in part and _DOTTED_NAME.fullmatch(part) and max(map(len, part.split("."))) >= 3:
            return True
        if part[:1] in _TITLE_INITIALS and _TITLED_NAME.fullmatch(part):
            return True
    return False


def _parts(text: str) -> tuple[str, ...]:
    """Return the text, and what stands between its separators."""
    return (text, *_SPLIT.split(text)) if ":" in text or "/" in text else (text,)


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


def _passes_luhn(text: str) -> bool:
    """Apply the check of card numbers: every second digit from the right counts double, and the sum ends in 0."""
    digits = [int(each) for each in text if each.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (doubled + sum(digits[::-2])) % 10 == 0
