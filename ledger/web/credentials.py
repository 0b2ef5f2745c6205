"""Secrets that the ledger gives out itself: keys of services, links that sign a browser in once, sessions.

A secret is 256 random bits; the database has its SHA-256. Its text is `ledger_<kind>_<id>_<secret>`, so that a scanner of repositories finds it.
Must never log a secret. Sources: OWASP ASVS 5.0 6.5, 7.2; docs/access.md.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.web.roles import Principal, Role

KEY, LINK, SESSION = "KEY", "LINK", "SESSION"
KEY_SECONDS: Final = 365 * 86_400.0
LINK_SECONDS: Final = 900.0
SESSION_SECONDS: Final = 8 * 3600.0
REMEMBERED_SECONDS: Final = 5.0
"""A credential that was taken back may work this long where it was just used."""
_REMEMBERED_MAX: Final = 10_000
_TEXT: Final = re.compile(r"ledger_(key|link|session)_([0-9a-f]{12})_([0-9a-f]{64})")


class Stored(Protocol):
    """A row of the store: adapters/postgres_credentials.StoredCredential."""

    @property
    def credential_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def controllers(self) -> tuple[str, ...]: ...
    @property
    def subject_ref(self) -> str | None: ...
    @property
    def source(self) -> str | None: ...
    @property
    def seconds_left(self) -> float: ...
    @property
    def is_revoked(self) -> bool: ...


class Store(Protocol):
    """Where credentials are: adapters/postgres_credentials.PostgresCredentials."""

    def close(self) -> None: ...
    def add(
        self, credential_id: str, kind: str, secret_sha256: bytes, *, role: str, actor: str, controllers: tuple[str, ...], seconds: float,
        subject_ref: str | None = None, source: str | None = None,
    ) -> None: ...  # fmt: skip
    def with_secret(self, credential_id: str, secret_sha256: bytes) -> Stored | None: ...
    def use_up(self, credential_id: str, secret_sha256: bytes) -> Stored | None: ...
    def revoke(self, credential_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Made:
    """A new credential. text: the secret, shown once and never again."""

    credential_id: str
    text: str

    def __repr__(self) -> str:
        return f"Made({self.credential_id})"


class Credentials:
    """Makes and checks them. For many threads: one question at a time, and what was just asked is remembered for REMEMBERED_SECONDS."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._remembered: dict[str, tuple[float, Principal]] = {}

    def close(self) -> None:
        """Close the store's connection; it opens again when needed."""
        with self._lock:
            self._store.close()

    def make(self, kind: str, principal: Principal, seconds: float) -> Made:
        """Make one of a kind for a principal (its `credential` is not used)."""
        credential_id, secret = secrets.token_hex(6), secrets.token_hex(32)
        with self._lock:
            self._store.add(
                credential_id, kind, _digest(secret), role=principal.role, actor=principal.actor, controllers=principal.controllers, seconds=seconds,
                subject_ref=principal.subject_ref, source=principal.source,
            )  # fmt: skip
        return Made(credential_id, f"ledger_{kind.lower()}_{credential_id}_{secret}")

    def principal(self, kind: str, text: str) -> Principal | None:
        """Whose it is; None: nobody's, of another kind, expired or taken back. Raises: DependencyError, the store does not answer."""
        found = _TEXT.fullmatch(text)
        if found is None or found[1].upper() != kind:
            return None
        known = self.remembered(kind, text)
        if known is not None:
            return known
        with self._lock:
            stored = self._store.with_secret(found[2], _digest(found[3]))
        if stored is None or stored.kind != kind or stored.is_revoked or stored.seconds_left <= 0:
            self._remembered.pop(text, None)
            return None
        principal = _principal(stored)
        if len(self._remembered) >= _REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[text] = time.monotonic() + min(REMEMBERED_SECONDS, stored.seconds_left), principal
        return principal

    def remembered(self, kind: str, text: str) -> Principal | None:
        """Whose it is, if it was just asked; asks nobody, so it needs no thread."""
        found = self._remembered.get(text)
        return found[1] if found is not None and found[0] > time.monotonic() and text.startswith(f"ledger_{kind.lower()}_") else None

    def asks_store(self, kind: str, text: str) -> bool:
        """Whether `principal` asks the store about a text that it has not found good before: guesses do."""
        found = _TEXT.fullmatch(text)
        return found is not None and found[1].upper() == kind and text not in self._remembered

    def opens(self, link: str) -> Principal | None:
        """As whom a link would sign in, without using it up; None: it is no good, or no more."""
        return self.principal(LINK, link)

    def sign_in(self, link: str) -> tuple[Principal, Made] | None:
        """Use a link up and open a session; None: it is no good, or no more."""
        found = _TEXT.fullmatch(link)
        if found is None or found[1].upper() != LINK:
            return None
        with self._lock:
            stored = self._store.use_up(found[2], _digest(found[3]))
        self._remembered.pop(link, None)
        if stored is None:
            return None
        principal = _principal(stored)
        return principal, self.make(SESSION, principal, SESSION_SECONDS)

    def revoke(self, credential_id: str) -> bool:
        """Take one back at once; False: there is none that was good."""
        with self._lock:
            is_done = self._store.revoke(credential_id)
        self._remembered = {text: each for text, each in self._remembered.items() if each[1].credential != credential_id}
        return is_done

    def end_session(self, text: str) -> None:
        """Take back the session of a cookie, where it is one."""
        found = self.principal(SESSION, text)
        if found is not None:
            self.revoke(found.credential)


def _principal(stored: Stored) -> Principal:
    return Principal(Role(stored.role), stored.actor, stored.controllers, stored.credential_id, stored.subject_ref, stored.source)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(bytes.fromhex(secret)).digest()
