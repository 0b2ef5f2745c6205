"""The one gate: who asks, may they, and is it too often. Every route passes it; one without a row in access.py answers nobody.

Raises Problems 401, 403, 429. Sources: OWASP ASVS 5.0 8.2, 8.3; docs/access.md.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final, Protocol
from urllib.parse import urlsplit

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from ledger import diagnostics
from ledger.errors import DependencyError
from ledger.metrics.web import HTTP_DENIED
from ledger.sdk.personal_values import personal_kind
from ledger.web.access import Rule, rule_of
from ledger.web.credentials import KEY, SESSION, Credentials
from ledger.web.limits import Rates, too_often
from ledger.web.problems import Problem
from ledger.web.roles import Principal

COOKIE: Final = "ledger_session"
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
GUESS_COST: Final = 10.0
"""As many questions of one caller as a credential counts that turns out to be no good."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_PAGE: Final = "own-page"
"""The rule that a form comes from a page of ours; the pages have words for it."""
READ_STRICTLY: Final = frozenset({"after", "known_at", "limit", "only", "page", "status"})
"""Parameters that are a place, a number or of a closed list: what is none is refused unseen, and an offset or a check may look like anything."""
OF_PROGRAMS: Final = "/v1/"
UNKNOWN: Final = "unknown_parameter"
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="ledger"'}


class Tokens(Protocol):
    """Bearer tokens that somebody else has signed: ledger/web/tokens.py."""

    def principal(self, text: str) -> Principal | None:
        """Whose it is; None: nobody's. Raises: DependencyError, its keys cannot be had."""


class Gate:
    """Passed by every request before its route."""

    def __init__(self, credentials: Credentials, tokens: Tokens | None, rates: Rates) -> None:
        self._credentials, self._tokens, self._rates = credentials, tokens, rates
        self._parameters: dict[tuple[str, str], frozenset[str]] = {}

    async def __call__(self, request: Request) -> None:
        """Put the principal and the rule on the request's state. Raises: Problem."""
        rule = rule_of(request.method if request.method != "HEAD" else "GET", request.scope["route"].path)
        bearer, session = _bearer_of(request), request.cookies.get(COOKIE)
        address, principal = request.client.host if request.client else "", None
        if bearer is not None or session is not None:
            try:
                principal = await self._proven(address, bearer, session)
            except (DependencyError, Problem):
                if rule is None or not rule.is_open:  # what is open to all needs no proof
                    raise
        self._rates.require(principal.credential if principal else address)
        request.state.principal, request.state.rule = principal, rule
        if rule is not None and rule.is_open:
            if request.method not in SAFE and not _is_from_here(request):  # or another site signs somebody in as itself
                raise _refused(403, "this form does not come from a page of ours; open the page again", "anybody", "origin", rule=OWN_PAGE)
            self._require_known(request)
            return
        if principal is None:
            raise _refused(401, "expected a credential, got none that is good", "anybody", "unknown", CHALLENGE)
        if rule is None or principal.role not in rule.roles:
            raise _refused(403, "this role may not do that", principal.role, "role")
        if bearer is None and session is not None and request.method not in SAFE:
            await self._require_own_page(request, session)
        if request.scope["query_string"] and any(is_personal(*pair) for pair in request.query_params.multi_items() if pair[0] not in READ_STRICTLY):
            raise Problem(422, "expected no personal value in an address, got what looks like one", hint="addresses are kept by browsers and proxies")
        self._require_known(request)

    def _require_known(self, request: Request) -> None:
        """A filter that nobody reads would give an answer about more than was asked: refused to programs. Pages show what was chosen, and whoever
        passes an address of theirs around hangs things on it.

        Raises: Problem 422.
        """
        route = request.scope["route"]
        if not request.scope["query_string"] or not route.path.startswith(OF_PROGRAMS):
            return
        place = request.method, route.path
        if place not in self._parameters:  # there are as many as there are routes
            self._parameters[place] = parameters_of(route)
        known = self._parameters[place]
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            name = next((name for name in unknown if may_be_told(name)), None)
            told = f"the parameter {name}, which" if name else "a parameter that"
            hint = f"it knows: {', '.join(sorted(known))}" if known else "it takes no parameters"
            raise Problem(422, f"expected parameters of this address, got {told} it does not know", field=name or "*", rule=UNKNOWN, hint=hint)

    async def _proven(self, address: str, bearer: str | None, session: str | None) -> Principal | None:
        """Who it is. One address may guess so often, and then PostgreSQL is asked no more; what was good before is no guess.

        Raises: Problem 429; DependencyError.
        """
        guesses = f"guesses {address}"
        kind, text = (SESSION, session or "") if bearer is None else (KEY, bearer)
        known = self._credentials.remembered(kind, text)  # a thread for each request costs more than all else of the gate
        if known is not None:
            return known
        is_guess = self._credentials.asks_store(kind, text)
        if is_guess and (wait := self._rates.wait(guesses, GUESS_COST)):
            raise _refused_too_often(wait)
        principal = await run_in_threadpool(self._principal, bearer, session)
        if is_guess and principal is None:
            self._rates.take(guesses, GUESS_COST)
        return principal

    def _principal(self, bearer: str | None, session: str | None) -> Principal | None:
        if bearer is None:
            return self._credentials.principal(SESSION, session or "")
        if bearer.count(".") == 2:
            return self._tokens.principal(bearer) if self._tokens else None
        return self._credentials.principal(KEY, bearer)

    async def _require_own_page(self, request: Request, session: str) -> None:
        """A browser sends its cookie along whoever made the form: so the form must hold what only our page could know."""
        given = request.headers.get(CSRF_HEADER)
        if given is None and request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
            form = await request.form()
            found = form.get(CSRF_FIELD)
            given = found if isinstance(found, str) else None
        if not _is_from_here(request) or given is None or not hmac.compare_digest(given.encode(), csrf_token(session).encode()):
            raise _refused(403, "this form does not come from a page of this session; open the page again", "session", "csrf", rule=OWN_PAGE)


def is_personal(name: str, value: str) -> bool:
    """Whether a parameter of an address, or its name, looks like a personal value."""
    return personal_kind(value) is not None or personal_kind(name) is not None


def parameters_of(route: BaseRoute) -> frozenset[str]:
    """The names of all parameters that a route reads from its address."""
    dependant = getattr(route, "dependant", None)  # the short way's own route has none, and reads none
    return frozenset() if dependant is None else frozenset(each.alias for each in dependant.query_params)


def may_be_told(name: str) -> bool:
    """Whether a parameter that nobody knows may be named: a slip in a name of ours looks like one of ours, anything else may be a value."""
    return re.fullmatch("[a-z_]{1,40}", name) is not None and personal_kind(name) is None


def csrf_token(session: str) -> str:
    """What forms of this session carry. One way: it does not give the session away."""
    return hashlib.sha256(b"csrf " + session.encode()).hexdigest()


def principal_of(request: Request) -> Principal:
    """Who asks, on a route that is not open."""
    found: Principal = request.state.principal
    return found


def rule_of_request(request: Request) -> Rule:
    """The row of the route."""
    found: Rule = request.state.rule
    return found


def is_of_browser(request: Request) -> bool:
    """Whether a session proves who asks, and no key or token."""
    return _bearer_of(request) is None


def _bearer_of(request: Request) -> str | None:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _is_from_here(request: Request) -> bool:
    """Whether a page of ours sends it, or what is no browser: that says no origin."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _refused_too_often(seconds: float) -> Problem:
    HTTP_DENIED.labels("anybody", "guesses").inc()
    return too_often(seconds)


def _refused(status: int, detail: str, role: str, why: str, headers: dict[str, str] | None = None, rule: str | None = None) -> Problem:
    HTTP_DENIED.labels(str(role), why).inc()
    diagnostics.logger("web").warning("access_denied", role=str(role), why=why, status=status)
    return Problem(status, detail, headers=headers, rule=rule)
