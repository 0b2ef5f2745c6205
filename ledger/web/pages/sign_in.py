"""Signing in by a link, and out. The link's secret stands behind the # of the address, so no server ever logs it.

Opening a link signs nobody in, and does not use it up: it shows as whom one would be signed in. Only the button there does it, by a POST: whoever is
lured into somebody else's link reads whose it is. Sources: OWASP ASVS 5.0 7.2, 14.3.1; docs/access.md.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from ledger import diagnostics
from ledger.web.credentials import SESSION_SECONDS, Credentials
from ledger.web.gate import COOKIE, is_of_browser, principal_of
from ledger.web.pages.rendering import Pages, home_of
from ledger.web.problems import Problem


def routes(pages: Pages, credentials: Credentials) -> APIRouter:
    """The routes of this file."""
    router = APIRouter()

    @router.get("/sign-in")
    def show(request: Request) -> Response:
        return pages.page(request, "sign_in.html", is_bad=False)

    @router.post("/sign-in")
    def sign_in(request: Request, link: Annotated[str, Form(max_length=400)], step: Annotated[str, Form(max_length=16)] = "look") -> Response:
        secret = link.strip().rpartition("#")[2]
        if step != "do":
            found = credentials.opens(secret)
            return bad(request) if found is None else pages.page(request, "sign_in_look.html", found=found, link=secret)
        done = credentials.sign_in(secret)
        if done is None:
            return bad(request)
        principal, session = done
        credentials.end_session(request.cookies.get(COOKIE, ""))  # it may have been planted; and nobody needs two
        diagnostics.logger("web").info("signed_in", role=str(principal.role), credential=session.credential_id)
        answer = RedirectResponse(home_of(principal), 303)
        answer.set_cookie(COOKIE, session.text, max_age=int(SESSION_SECONDS), httponly=True, samesite="strict", secure=pages.is_secure)
        return answer

    def bad(request: Request) -> Response:
        diagnostics.logger("web").warning("sign_in_refused", why="link")
        return pages.page(request, "sign_in.html", 403, is_bad=True)

    @router.post("/sign-out")
    def sign_out(request: Request) -> Response:
        if not is_of_browser(request):
            what = "expected the session of a browser, got a key or a token; it stays good"
            raise Problem(422, what, hint="a key is taken back by ledger token revoke")
        credentials.revoke(principal_of(request).credential)
        answer = RedirectResponse("/sign-in", 303, {"Clear-Site-Data": '"cache", "storage"'})  # "cookies" would be those of the whole domain
        answer.delete_cookie(COOKIE)
        return answer

    return router
