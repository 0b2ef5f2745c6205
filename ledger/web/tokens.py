"""Bearer tokens that an identity provider has signed (JWT), checked by its published keys (JWKS).

The algorithm is one of ours for the kind of the key, never what the token wishes; a token names its key. An unknown key has the set fetched again, at
most once in REFETCH_SECONDS: that is how a rotation arrives. Must never log a token or a claim.
Sources: RFC 7515, 7517, 7519; RFC 8725 (best current practice) 3.1, 3.8, 3.9; RFC 9068; docs/access.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError

from ledger import diagnostics
from ledger.errors import CallerError, DependencyError
from ledger.settings import WebSettings
from ledger.web.claims import ClaimNames, names_of, principal_of_claims
from ledger.web.roles import Principal

LEEWAY_SECONDS: Final = 60
REFETCH_SECONDS: Final = 60.0
KEYS_SECONDS: Final = 3600.0
"""A set this old is fetched again, so that a key that was taken back is worth nothing; while the provider is away, the old set goes on."""
FETCH_SECONDS: Final = 5.0
_BYTES_MAX: Final = 1 << 18
_TOKEN_CHARACTERS_MAX: Final = 16_384
_RSA_BITS_MIN: Final = 2048
_TYPES: Final = (None, "JWT", "jwt", "at+jwt", "application/at+jwt")
_ALGORITHMS: Final = {"RSA": ("RS256",), "EC": ("ES256",), "OKP": ("Ed25519", "EdDSA")}
_CURVES: Final = {"EC": "P-256", "OKP": "Ed25519"}

Fetch = Callable[[str], Mapping[str, Any]]


def fetch_json(url: str) -> Mapping[str, Any]:
    """A JSON object from there. Raises: DependencyError."""
    try:
        with httpx.stream("GET", url, timeout=FETCH_SECONDS, follow_redirects=False, headers={"Accept": "application/json"}) as answer:
            answer.raise_for_status()
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > _BYTES_MAX:
                    raise ValueError
            found = httpx.Response(200, content=body).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise DependencyError(f"cannot read the keys of the identity provider: {type(error).__name__}", hint="is it reachable from here?") from None
    if not isinstance(found, dict):
        raise DependencyError("cannot read the keys of the identity provider: expected an object")
    return found


class KeyRing:
    """The provider's public keys by their id. For many threads."""

    def __init__(self, url: str, fetch: Fetch = fetch_json, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._fetch, self._clock = url, fetch, clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwk.Key] = {}
        self._fetched_at = self._tried_at = float("-inf")

    def key(self, kid: str) -> jwk.Key | None:
        """The key; None: the provider has none of that id. Raises: DependencyError, the provider is away and the key is not known."""
        found, now = self._keys.get(kid), self._clock()
        if found is not None and now - self._fetched_at < KEYS_SECONDS:
            return found
        with self._lock:
            if now - self._tried_at >= REFETCH_SECONDS:
                self._tried_at = now
                try:
                    self._keys, self._fetched_at = _usable(self._fetch(self._url)), now
                except DependencyError:
                    diagnostics.logger("web").warning("identity_provider_unreachable", has_keys=bool(self._keys))
        found = self._keys.get(kid)
        if found is None and self._fetched_at != self._tried_at:
            raise DependencyError("cannot check the token: the identity provider does not answer")
        return found


class JwtTokens:
    """gate.Tokens for one provider."""

    def __init__(self, issuer: str, audience: str, keys: KeyRing, names: ClaimNames, clock: Callable[[], float] = time.time) -> None:
        self._keys, self._names = keys, names
        self._rules = rules_of(issuer, audience, clock)

    def principal(self, text: str) -> Principal | None:
        """Whose it is; None: nobody's. Raises: DependencyError, its key cannot be had."""
        if len(text) > _TOKEN_CHARACTERS_MAX:
            return None
        try:
            header = jws.extract_compact(text.encode()).headers()
            kid = header.get("kid")
            if not isinstance(kid, str) or header.get("typ") not in _TYPES:
                return _refused("header")
            if header.get("alg") not in (*_ALGORITHMS["RSA"], *_ALGORITHMS["EC"], *_ALGORITHMS["OKP"]):
                return _refused("algorithm")
            key = self._keys.key(kid)
            if key is None:
                return _refused("key")
            claims = checked_claims(text, key)
            self._rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            return _refused(type(error).__name__)
        return principal_of_claims(claims, self._names) or _refused("role")


def rules_of(issuer: str, audience: str, clock: Callable[[], float] = time.time) -> jwt.JWTClaimsRegistry:
    """What claims must say: from whom, for whom, about whom, and until when."""
    return jwt.JWTClaimsRegistry(
        now=lambda: int(clock()), leeway=LEEWAY_SECONDS, iss={"essential": True, "value": issuer}, aud={"essential": True, "value": audience},
        exp={"essential": True}, sub={"essential": True},
    )  # fmt: skip


def tokens_of(web: WebSettings) -> JwtTokens | None:
    """What the settings say of bearer tokens; None: there are none. Raises: CallerError, they say half."""
    given = (web.jwt_issuer, web.jwt_audience, web.jwt_jwks_url)
    if not any(given):
        return None
    if not all(given):
        raise CallerError("cannot take bearer tokens: expected an issuer, an audience and a JWKS URL, got not all", hint="docs/access.md")
    return JwtTokens(web.jwt_issuer, web.jwt_audience, KeyRing(web.jwt_jwks_url), names_of(web))


def checked_claims(text: str, key: jwk.Key) -> dict[str, Any]:
    """The claims, once the signature is proven by this key with an algorithm of its kind. Raises: JoseError, ValueError."""
    allowed = list(_ALGORITHMS[key.key_type])
    return dict(jwt.decode(text, key, registry=_Allowed(algorithms=allowed)).claims)


class _Allowed(jws.JWSRegistry):
    """Just these. EdDSA is what providers still call Ed25519 (RFC 9864): taken without joserfc's warning on each token."""

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


def _usable(found: Mapping[str, Any]) -> dict[str, jwk.Key]:
    """Public keys that sign, of a kind and a strength that we take; others of the set are not ours to judge."""
    keys = found.get("keys")
    if not isinstance(keys, list):
        raise DependencyError("cannot read the keys of the identity provider: expected a list of keys")
    usable: dict[str, jwk.Key] = {}
    for each in keys:
        if not isinstance(each, dict) or not isinstance(each.get("kid"), str) or "d" in each:
            continue
        kind = each.get("kty")
        if kind not in _ALGORITHMS or each.get("alg", _ALGORITHMS[kind][0]) not in _ALGORITHMS[kind]:
            continue
        if each.get("crv") != _CURVES.get(kind):
            continue
        try:
            key = jwk.import_key(each)
        except (JoseError, ValueError):
            continue
        if isinstance(key, jwk.RSAKey) and key.public_key.key_size < _RSA_BITS_MIN:
            continue
        usable[each["kid"]] = key
    return usable


def _refused(why: str) -> Principal | None:
    diagnostics.logger("web").warning("token_refused", why=why)
    return None
