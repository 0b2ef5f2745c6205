"""A small OpenID Connect provider, run as a process of its own: python -m tests.oidc_provider PORT.

Discovery, authorize (signs the test person in without a form), token (a code once, PKCE S256, client secret), JWKS. POST /control makes it
turn its key, say other claims, or do one thing wrong (FAULTS). It mints bearer tokens too: POST /mint.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from fastapi import FastAPI, Form, Request, Response
from joserfc import jwk, jws, jwt

ROOT = Path(__file__).resolve().parents[1]
CLIENT, SECRET = "ledger-web", "a-secret-of-the-test"
AUDIENCE = "ledger-api"
FAULTS = (
    "wrong_nonce", "wrong_issuer", "wrong_audience", "expired", "not_yet", "other_key", "alg_none", "hs256_with_public_key", "no_role", "two_roles",
    "no_expiry", "no_kid", "unknown_kid", "no_controllers",
)  # fmt: skip
CLAIMED = {"name": "A. Person", "email": "a.person@provider.example", "preferred_username": "a.person", "phone_number": "+31 201234567"}
"""What an ID token says beside the rest, asked or not: invented, and to be found nowhere."""
PERSON = {"sub": "8f14e45fceea", "ledger_role": "dpo", "ledger_controllers": ["hoster"]}


class Provider:
    """Keys, codes, and how to misbehave."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.fault: str | None = None
        self.person: dict[str, Any] = dict(PERSON)
        self.codes: dict[str, dict[str, str]] = {}
        self.algorithm = "ES256"
        self.turn()

    def turn(self) -> None:
        """A new key; the one before is gone."""
        self.key = self._made()

    def _made(self) -> Any:
        about = {"kid": secrets.token_hex(4)}
        if self.algorithm == "RS256":
            return jwk.RSAKey.generate_key(2048, about)
        return jwk.ECKey.generate_key("P-256", about) if self.algorithm == "ES256" else jwk.OKPKey.generate_key("Ed25519", about)

    def jwks(self) -> dict[str, Any]:
        return {"keys": [{**self.key.as_dict(private=False), "use": "sig", "alg": self.algorithm}]}

    def sign(self, audience: str, more: dict[str, Any]) -> str:
        fault, now = self.fault, int(time.time())
        claims = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + 300, **self.person, **more}
        changes: dict[str, dict[str, Any]] = {
            "wrong_issuer": {"iss": "https://elsewhere.example"}, "wrong_audience": {"aud": "somebody-else"}, "expired": {"exp": now - 61},
            "not_yet": {"nbf": now + 120}, "two_roles": {"ledger_role": ["dpo", "auditor"]}, "wrong_nonce": {"nonce": "another"},
        }  # fmt: skip
        claims |= changes.get(fault or "", {})
        for name in {"no_role": ["ledger_role"], "no_expiry": ["exp"], "no_controllers": ["ledger_controllers"]}.get(fault or "", []):
            claims.pop(name, None)
        header = {"alg": self.algorithm, "kid": self.key.kid, "typ": "JWT"}
        if fault == "alg_none":
            return _compact(header | {"alg": "none"}, claims, lambda _: b"")
        if fault == "hs256_with_public_key":
            public = self.key.as_pem(private=False)
            return _compact(header | {"alg": "HS256"}, claims, lambda text: hmac.digest(public, text, "sha256"))
        key = self._made() if fault == "other_key" else self.key
        if fault == "no_kid":
            header.pop("kid")
        if fault == "unknown_kid":
            header["kid"] = "never-published"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # EdDSA has a newer name; providers still say the old one
            return jwt.encode(header, claims, key, registry=jws.JWSRegistry(algorithms=[self.algorithm]))


def _compact(header: dict[str, Any], claims: dict[str, Any], sign: Any) -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    text = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{text}.{part(sign(text.encode()))}"


def make_app(issuer: str) -> FastAPI:
    app, provider = FastAPI(), Provider(issuer)

    @app.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        return {
            "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"], "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip

    @app.get("/jwks")
    def jwks() -> dict[str, Any]:
        return provider.jwks()

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        expected = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        if any(asked.get(k) != v for k, v in expected.items()) or "openid" not in asked["scope"].split() or not asked.get("nonce"):
            return Response(status_code=400)
        code = secrets.token_urlsafe(16)
        provider.codes[code] = asked
        return Response(status_code=302, headers={"Location": asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})})

    @app.post("/token")
    def token(
        request: Request, code: str = Form(), code_verifier: str = Form(), redirect_uri: str = Form(), grant_type: str = Form()
    ) -> Response:
        given = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        asked = provider.codes.pop(code, None)
        if given != f"{CLIENT}:{SECRET}" or asked is None or grant_type != "authorization_code" or redirect_uri != asked["redirect_uri"]:
            return Response('{"error": "invalid_grant"}', 400, media_type="application/json")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
        if challenge != asked["code_challenge"]:
            return Response('{"error": "invalid_grant"}', 400, media_type="application/json")
        id_token = provider.sign(CLIENT, {"nonce": asked["nonce"], **CLAIMED})
        found = {"access_token": secrets.token_hex(16), "token_type": "Bearer", "expires_in": 300, "id_token": id_token}
        return Response(json.dumps(found), media_type="application/json", headers={"Cache-Control": "no-store"})

    @app.post("/control")
    async def control(request: Request) -> dict[str, str]:
        wished = await request.json()
        provider.fault = wished.get("fault")
        provider.person = {**PERSON, **wished.get("person", {})}
        if "algorithm" in wished or wished.get("turn"):
            provider.algorithm = wished.get("algorithm", provider.algorithm)
            provider.turn()
        return {}

    @app.post("/mint")
    async def mint(request: Request) -> dict[str, str]:
        return {"token": provider.sign(AUDIENCE, await request.json())}

    return app


class Running:
    """The process, as a test sees it."""

    def __init__(self, issuer: str, process: subprocess.Popen[bytes]) -> None:
        self.issuer, self.process = issuer, process

    def control(self, **wishes: Any) -> None:
        httpx.post(f"{self.issuer}/control", json=wishes).raise_for_status()

    def mint(self, **claims: Any) -> str:
        return str(httpx.post(f"{self.issuer}/mint", json=claims).raise_for_status().json()["token"])


@contextmanager
def running_provider() -> Iterator[Running]:
    """A provider on a free port of this machine, gone at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.oidc_provider", str(port)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/jwks").raise_for_status()
                break
            except httpx.HTTPError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield Running(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    uvicorn.run(make_app(f"http://127.0.0.1:{sys.argv[1]}"), port=int(sys.argv[1]), log_level="critical")
