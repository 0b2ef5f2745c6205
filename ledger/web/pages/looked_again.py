"""The seal on what was looked at once more: the step that puts something on the log takes exactly what the step before it has shown.

Made with the secret of the session, so it holds for that session alone and nobody needs to keep anything. Pure but for the request's headers.
Sources: OWASP ASVS 5.0 2.3; docs/acts.md.
"""

from __future__ import annotations

import hashlib
import hmac

from fastapi import Request

from ledger.web.gate import COOKIE

FIELD = "seal"


def seal_of(request: Request, *shown: str | bytes) -> str:
    """The seal of what is shown to who asks. shown: in order; where one ends and the next begins counts too."""
    secret = request.cookies.get(COOKIE) or request.headers.get("authorization", "")
    parts = [part.encode() if isinstance(part, str) else part for part in shown]
    return hmac.new(secret.encode(), b"looked again" + b"".join(len(part).to_bytes(8) + part for part in parts), hashlib.sha256).hexdigest()


def is_sealed(request: Request, seal: str, *shown: str | bytes) -> bool:
    """Whether that was shown to this session."""
    return hmac.compare_digest(seal.encode(), seal_of(request, *shown).encode())
