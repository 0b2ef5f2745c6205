"""From a question to an answer over HTTP: whose controllers, which moment, which fields are withheld, how fresh, was it sent before.

ETag: of what was asked and of the positions it was answered at; the same until something is folded. Source: RFC 9110 section 8.8; docs/http.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from fastapi import Request, Response

from ledger.answers.asking import AsOf
from ledger.answers.shapes import Freshness, as_json, without
from ledger.answers.wide_query import WideQuery
from ledger.contract.json_form import instant_to_text
from ledger.errors import RefusedError
from ledger.moments import read_moment, read_until
from ledger.replaying.as_of_then import Then, Wanted, kept, make, wanted
from ledger.replaying.making import Makings
from ledger.replaying.rebuild import Stage
from ledger.settings import Settings
from ledger.web.access import NO_PERSONS, without_disclosures
from ledger.web.gate import principal_of, rule_of_request
from ledger.web.pool import Pool
from ledger.web.problems import BeingWorkedOut, Problem, not_known, unavailable
from ledger.web.roles import EVERY_CONTROLLER, Principal, Role
from ledger.web.veiling import veiled

JSON: Final = "application/json"
_AS_OF_WORKERS: Final = 1  # the process has others to answer


class Replying:
    """Answers for the routes."""

    def __init__(self, pool: Pool, settings: Settings, makings: Makings | None = None, *, patience: float = 1.0) -> None:
        """patience: which part of the setting a question as of then waits for what is being made."""
        self._pool, self._settings, self.makings = pool, settings, makings or Makings()
        # half of a request is left for the answer itself
        self._wait_seconds = min(settings.as_of.wait_seconds * patience, settings.web.request_seconds / 2)

    def for_pages(self) -> Replying:
        """The same for people, who would rather see how far it is."""
        return Replying(self._pool, self._settings, self.makings, patience=1 / 3)

    def controller_of(self, principal: Principal, controller: str | None) -> str | None:
        """The controller a question is about; None: all of them. Raises: Problem 404 when it is not in reach, 422 when it must be named."""
        if controller is not None:
            if not principal.may_see(controller):
                raise not_known()
            return controller
        if principal.only_controller is not None:
            return principal.only_controller
        if EVERY_CONTROLLER not in principal.controllers:
            raise Problem(422, "expected a controller, got none", field="controller", hint="name one of those in reach")
        return None

    def one_controller_of(self, principal: Principal, controller: str | None) -> str:
        """As `controller_of`, of a question about one alone. Raises: Problem 404, 422."""
        found = self.controller_of(principal, controller)
        if found is None:
            raise Problem(422, "expected a controller, got none", field="controller", hint="?controller=NAME")
        return found

    @contextmanager
    def query(self, principal: Principal, on: str | None, known_at: list[str] | None, person: tuple[str, str] | None = None) -> Iterator[WideQuery]:
        """What to ask: the projections of now, or as of a moment; for a role without persons, no name in an answer
        looks like one. person: the question is about alone. Raises: CallerError; Problem 503, what it is
        to be asked of is still being made."""
        seen = veiled if principal.role in NO_PERSONS else _as_it_is
        if on is None and not known_at:
            with self._pool.query(principal.controllers) as query:
                yield seen(query)
            return
        asked = wanted(self._settings, Then(read_moment(on, field="on"), read_until(known_at or [])), person)
        with ExitStack() as opened:
            schema, as_of = self._made(opened, asked)
            yield seen(opened.enter_context(self._pool.as_of(principal.controllers, schema, as_of)))

    def _made(self, opened: ExitStack, asked: Wanted) -> tuple[str, AsOf]:
        reuse_seconds = self._settings.as_of.reuse_seconds
        if (found := opened.enter_context(kept(self._settings, asked, reuse_seconds))) is not None:
            return found
        making = partial(make, self._settings, asked, workers=_AS_OF_WORKERS)
        try:
            stage = self.makings.wait(asked.key, making, self._wait_seconds)
        except RefusedError as busy:
            raise unavailable(str(busy), busy.hint) from None
        if stage is None and (found := opened.enter_context(kept(self._settings, asked, reuse_seconds))) is not None:
            return found
        raise BeingWorkedOut(stage or Stage("waiting"), asked.on, is_place=asked.is_place)

    def reply(
        self, request: Request, ask: Callable[[WideQuery], Any], *, on: str | None = None, known_at: list[str] | None = None,
        person: tuple[str, str] | None = None, is_tagged: bool = True,
    ) -> Response:  # fmt: skip
        """Ask and answer in JSON; 304 where the asker has it already. is_tagged: whether nothing but a fold changes the answer."""
        principal = principal_of(request)
        with self.query(principal, on, known_at, person) as query:
            tag = None
            if request.method == "GET" and is_tagged:
                tag = etag(request, principal, query.freshness())
                if tag in request.headers.get("if-none-match", ""):
                    return Response(status_code=304, headers={"ETag": tag})
            answer = ask(query)
            freshness = answer.freshness if hasattr(answer, "freshness") else query.freshness()  # some have it in their headers alone
        return sent(request, answer, freshness, None if tag is None else {"ETag": tag})


def _as_it_is(query: WideQuery) -> WideQuery:
    return query


def sent(request: Request, answer: Any, freshness: Freshness, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON, as who asks may see it, with how fresh it is."""
    about = freshness_headers(freshness) | next_pages(request, answer) | (headers or {})
    return Response(orjson.dumps(seen_by(request, answer)), headers=about, media_type=JSON)


def seen_by(request: Request, answer: Any) -> Any:
    """An answer in JSON form, without what the table withholds from who asks."""
    role = principal_of(request).role
    found = as_json(answer)
    return without(without_disclosures(found) if role is Role.MANAGER else found, rule_of_request(request).withheld.get(role, ()))


def etag(request: Request, principal: Principal, freshness: Freshness) -> str:
    """Weak: how far the log goes meanwhile is in the answer too, and does not count."""
    asked = f"{request.url.path}?{request.url.query}|{principal.role}|{principal.controllers}|{request.headers.get('accept', '')}"
    places = [(each.partition, each.next_offset, each.pending_offset, each.time_reached) for each in freshness.partitions]
    digest = hashlib.sha256(f"{asked}|{places}|{freshness.on}|{freshness.known_at}".encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def next_pages(request: Request, answer: Any) -> dict[str, str]:
    """Where a list goes on: the same address with another `after`; of breaches one for each whose people do. Source: RFC 8288.

    Places that were given in part, or as a day, are all named: the next page is of the same moment, however far the log is by then.
    """
    cursors = [each.next for each in (answer, *getattr(answer, "breaches", ())) if getattr(each, "next", None) is not None]
    asked = [each for each in request.query_params.multi_items() if each[0] != "after"]
    if not cursors:
        return {}
    places = (answer.freshness.known_at or "").split(", ")
    if "known_at" in request.query_params and not any(each.endswith(":-1") for each in places):  # there, nothing is known yet: no place to name
        asked = [each for each in asked if each[0] != "known_at"] + [("known_at", each) for each in places]
    links = [f'<{request.url.path}?{urlencode([*asked, ("after", each)])}>; rel="next"' for each in cursors]
    return {"Link": ", ".join(links)}


def freshness_headers(freshness: Freshness) -> dict[str, str]:
    """How fresh an answer is, for those who do not read its body."""
    places = ",".join(f"{each.partition}:{each.next_offset - 1}" for each in freshness.partitions)
    lag = {} if freshness.lag is None else {"Ledger-Lag": str(freshness.lag)}
    return {"Ledger-Time": instant_to_text(freshness.time_reached), "Ledger-Positions": places} | lag
