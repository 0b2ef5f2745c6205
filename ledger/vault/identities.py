"""What a person is known by, written in one way, so that the same person is found again.

Must never put what it looks at into an error. Source: docs/vault.md section 3; RFC 5321 section 2.4 (addresses), E.164 (numbers), RFC 5891 (domains).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

from ledger.errors import CallerError

LENGTH_MAX: Final = 1000


class Identity(NamedTuple):
    """A kind, and the value in its one form. Shows no value."""

    kind: str
    value: str

    def __repr__(self) -> str:
        return f"Identity({self.kind})"


def identity(kind: str, text: str) -> Identity:
    """Read an identity.

    Raises:
        CallerError: no such kind, or a text that cannot be one; the text is not in it.
    """
    if kind not in KINDS:
        raise CallerError("cannot read the identity: no such kind", hint=f"one of {', '.join(KINDS)}")
    clean = unicodedata.normalize("NFC", text).strip()
    if not 0 < len(clean) <= LENGTH_MAX or any(unicodedata.category(each) == "Cc" for each in clean):
        raise CallerError(f"cannot read the identity: expected one line of 1 to {LENGTH_MAX} characters, got something else")
    value = KINDS[kind](clean)
    if value is None:
        raise CallerError(f"cannot read the identity: expected {_EXPECTED[kind]}, got something else")
    return Identity(kind, value)


def _email(text: str) -> str | None:
    """In small letters as a whole: servers may tell apart what stands before the @, and none is known to."""
    box, at, host = text.rpartition("@")
    domain = _domain(host)
    if not at or not box or domain is None or any(each.isspace() for each in box):
        return None
    return f"{unicodedata.normalize('NFC', box.casefold())}@{domain}"


def _phone(text: str) -> str | None:
    digits = re.sub(r"[\s().-]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    return digits if re.fullmatch(r"\+[1-9][0-9]{6,14}", digits) else None


def _domain(text: str) -> str | None:
    try:
        name = text.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        return None
    return name if re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}", name) else None


def _reference(text: str) -> str | None:
    """A number of the controller's own, as it stands."""
    return text


KINDS: Final[dict[str, Callable[[str], str | None]]] = {"email": _email, "phone": _phone, "domain": _domain, "reference": _reference}
_EXPECTED: Final = {
    "email": "an e-mail address", "phone": "a phone number in international form, such as +31 and the rest", "domain": "a domain name",
}  # fmt: skip
