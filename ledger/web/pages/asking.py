"""What each page does first: whose data, which day, ask once, and show what came back with how fresh it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response

from ledger.answers.query import Query
from ledger.answers.shapes import as_json
from ledger.web.gate import principal_of
from ledger.web.pages.rendering import Pages
from ledger.web.problems import Problem
from ledger.web.reads import NAME
from ledger.web.replying import Replying, seen_by
from ledger.web.roles import Principal


class PageAsking:
    """Asks for pages."""

    def __init__(self, replying: Replying, pages: Pages) -> None:
        self.replying, self.pages = replying, pages

    def page(
        self, request: Request, template: str, ask: Callable[[Query, str | None], Any], show: Callable[[Any], dict[str, Any]], *,
        controller: str | None, on: str | None = None,
    ) -> Response:  # fmt: skip
        """Ask about a controller (of the form, empty: all in reach), all of one moment, and render. ask: (query, controller) -> a dict of answers by
        name, each of them an answer with its freshness. show: those in JSON form -> what the template gets. Raises: Problem.
        """
        principal = principal_of(request)
        with self.replying.query(principal, on or None, None) as query, query.one_moment():
            controllers = [each for each in query.controllers() if principal.may_see(each)]
            who = self.controller_of(principal, controller, controllers)
            answers = ask(query, who)
        freshness = as_json(next(iter(answers.values())).freshness)
        values = show({name: seen_by(request, answer) for name, answer in answers.items()})
        asked = {"controller": who or "", "on": on or ""}
        return self.pages.page(request, template, controllers=controllers, freshness=freshness, **{"query": asked} | values)

    def first_controller(self, principal: Principal) -> str:
        """The one to begin with where a page is about one alone; empty: no policy is published."""
        with self.replying.query(principal, None, None) as query:
            return next((each for each in query.controllers() if principal.may_see(each)), principal.only_controller or "")

    def controller_of(self, principal: Principal, controller: str | None, controllers: list[str]) -> str | None:
        """The one that was chosen; where several are in reach but not all, the first of them until another is chosen. Raises: Problem."""
        if controller and (len(controller) > NAME["max_length"] or not re.fullmatch(NAME["pattern"], controller)):
            raise Problem(422, "cannot read controller: expected a name, got something else", field="controller")
        if not controller and principal.only_controller is None and not principal.may_see_all:
            return controllers[0] if controllers else principal.controllers[0]
        return self.replying.controller_of(principal, controller or None)
