"""Sign-in of people at an identity provider: OpenID Connect, authorization code with PKCE, state and nonce; a new session each time.

What is under way stands in a signed cookie of ten minutes that comes along from the provider (SameSite=Lax), for /sign-in/ alone. The session's
own cookie is Strict: so the browser comes back to a page of ours first, which goes on by itself, and no other site can ever send the session along.
The ID token is checked as bearer tokens are (tokens.py), and not with the algorithms that the provider wishes.
Must never log or show a code, a token or a claim. Sources: OpenID Connect Core 1.0 section 3.1.3.7; RFC 9700; RFC 7636; docs/access.md.
"""

from __future__ import annotations

import hmac
import secrets
import warnings
from collections.abc import Mapping
from typing import Any, Final

import authlib.deprecate  # type: ignore[import-untyped]
from fastapi import APIRouter, FastAPI, Request, Response
from joserfc import jws
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware

from ledger import diagnostics
from ledger.errors import CallerError, LedgerError
from ledger.settings import WebSettings
from ledger.web.claims import names_of, principal_of_claims
from ledger.web.credentials import SESSION, SESSION_SECONDS, Credentials
from ledger.web.gate import COOKIE
from ledger.web.problems import Problem, unavailable
from ledger.web.roles import Principal, Role
from ledger.web.tokens import FETCH_SECONDS, KeyRing, checked_claims, rules_of

with warnings.catch_warnings():  # it says at import that httpx has a successor
    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App  # type: ignore[import-untyped]

STATE_COOKIE: Final = "ledger_sign_in"
STATE_SECONDS: Final = 600
_HOP: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Signed in</title>'
    '<p><a href="/">Signed in. Go on.</a></p></html>'
)


class IdTokenError(Exception):
    """An ID token that is not good. why: a word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Client(StarletteOAuth2App):  # type: ignore[misc]  # Authlib has no types
    """Authlib's, but for the check of the ID token."""

    keys: KeyRing | None = None
    issuer = ""

    async def parse_id_token(self, token: Mapping[str, Any], nonce: str, **_: Any) -> dict[str, Any]:
        metadata = await self.load_server_metadata()
        if metadata["issuer"] != self.issuer:
            raise IdTokenError("issuer")
        if self.keys is None:
            self.keys = KeyRing(str(metadata["jwks_uri"]))
        return await run_in_threadpool(checked_id_token, str(token["id_token"]), self.keys, str(metadata["issuer"]), self.client_id, nonce)


def checked_id_token(text: str, keys: KeyRing, issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """Its claims. Raises: IdTokenError; DependencyError, the key cannot be had."""
    try:
        kid = jws.extract_compact(text.encode()).headers().get("kid")
        key = keys.key(kid) if isinstance(kid, str) else None
        if key is None:
            raise IdTokenError("key")
        claims = checked_claims(text, key)
        rules_of(issuer, client_id).validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise IdTokenError(type(error).__name__) from None
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise IdTokenError("nonce")
    if claims.get("azp", client_id) != client_id:
        raise IdTokenError("azp")
    return claims


def set_session(answer: Response, session: str, *, is_secure: bool) -> None:
    """The cookie of a session."""
    answer.set_cookie(COOKIE, session, max_age=int(SESSION_SECONDS), path="/", httponly=True, samesite="strict", secure=is_secure)


def add_to(app: FastAPI, web: WebSettings, credentials: Credentials) -> None:
    """Put the routes and the cookie of a sign-in under way on the application, where a provider is set.

    Raises:
        CallerError: the settings say half.
    """
    if not web.oidc_issuer:
        return
    if not web.oidc_client_id or not web.oidc_client_secret.get_secret_value() or not web.public_url:
        raise CallerError(
            "cannot let people sign in: expected LEDGER__WEB__OIDC_CLIENT_ID, _OIDC_CLIENT_SECRET and _PUBLIC_URL beside _OIDC_ISSUER, got not all",
            hint="docs/access.md",
        )
    app.include_router(routes(web, credentials), include_in_schema=False)
    app.add_middleware(
        SessionMiddleware, secret_key=web.secret.get_secret_value() or secrets.token_hex(32), session_cookie=STATE_COOKIE, max_age=STATE_SECONDS,
        path="/sign-in/", same_site="lax", https_only=web.public_url.startswith("https:"),
    )  # fmt: skip


def routes(web: WebSettings, credentials: Credentials) -> APIRouter:
    """The routes of this file."""
    router, client, names = APIRouter(), _client_of(web), names_of(web)
    is_secure = web.public_url.startswith("https:")

    @router.get("/sign-in/oidc")
    async def begin(request: Request) -> Response:
        request.session.clear()  # one at a time: what was begun before cannot be ended any more
        try:
            found: Response = await client.authorize_redirect(request, f"{web.public_url.rstrip('/')}/sign-in/callback")
        except Exception as error:
            raise _away(error) from None
        return found

    @router.get("/sign-in/callback")
    async def end(request: Request) -> Response:
        principal = await _principal(request)
        made = await run_in_threadpool(credentials.make, SESSION, principal, SESSION_SECONDS)
        before = request.cookies.get(COOKIE)
        if before is not None:
            await run_in_threadpool(credentials.end_session, before)
        diagnostics.logger("web").info("signed_in", role=str(principal.role), credential=made.credential_id)
        answer = Response(_HOP, media_type="text/html")
        set_session(answer, made.text, is_secure=is_secure)
        return answer

    async def _principal(request: Request) -> Principal:
        if request.query_params.get("state") is None or not request.session:
            raise _refused("state")
        try:
            token = await client.authorize_access_token(request)
        except IdTokenError as error:
            raise _refused(error.why) from None
        except LedgerError:
            raise
        except Exception as error:
            if _is_away(error):
                raise _away(error) from None
            raise _refused(type(error).__name__) from None
        finally:
            request.session.clear()
        principal = principal_of_claims(token.get("userinfo") or {}, names)
        if principal is None or principal.role is Role.EMITTER:
            raise _refused("role")
        return principal

    return router


def _client_of(web: WebSettings) -> Any:
    oauth = OAuth()
    client = oauth.register(
        "provider", client_cls=_Client, client_id=web.oidc_client_id, client_secret=web.oidc_client_secret.get_secret_value(),
        server_metadata_url=f"{web.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": FETCH_SECONDS},
    )  # fmt: skip
    client.issuer = web.oidc_issuer
    return client


def _is_away(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in ("httpx", "httpx2", "httpcore")


def _away(error: Exception) -> Problem:
    diagnostics.logger("web").warning("identity_provider_unreachable", error=type(error).__name__)
    return unavailable("the identity provider does not answer")


def _refused(why: str) -> Problem:
    diagnostics.logger("web").warning("sign_in_refused", why=why)
    return Problem(403, "this sign-in is not good; begin again", hint="/sign-in")
