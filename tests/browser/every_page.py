"""Every page that can be opened by its address, by its route: tests go through all of them, so a new page is looked at by itself.

tests/unit/test_every_page_is_opened.py holds this against ledger/web/access.py.
"""

from __future__ import annotations

from ledger.web.access import RULES, rule_of
from ledger.web.roles import Role

NO_PAGES = {
    "/health", "/openapi.json", "/asyncapi.json", "/schemas/ids/{schema_id}", "/schemas/types", "/subjects", "/subjects/{name}/versions",
    "/subjects/{name}/versions/{version}", "/config", "/mode", "/sign-in/oidc", "/sign-in/callback", "/static", "/my-data/report",
}  # fmt: skip
"""Routes outside /v1/ that answer with something else than a page: JSON, a file, a way on."""
OWN = "/my-data"
"""Opened by whom it is about."""
OPENED = {
    "/": ["/"],
    "/sharing": ["/sharing", "/sharing?without=agreement"],
    "/sharing/list": ["/sharing/list"],
    "/sharing/shares": ["/sharing/shares?month=2018-06"],
    "/deletion": ["/deletion"],
    "/deletion/list": ["/deletion/list?state=MET"],
    "/deletion/gaps": ["/deletion/gaps"],
    "/deletion/holds": ["/deletion/holds?only=all"],
    "/duties": ["/duties"],
    "/requests": ["/requests?only=all"],
    "/breaches": ["/breaches"],
    "/disclosures": ["/disclosures"],
    "/violations": ["/violations", "/violations?promise=WH-04"],
    "/register": ["/register?controller=hostinghuis"],
    "/policies": ["/policies", "/policies?controller=hostinghuis&version=2023-05-01"],
    "/policies/publish": ["/policies/publish"],
    "/health-of-ledger": ["/health-of-ledger"],
    "/acts/{kind}": ["/acts/breach", "/acts/authority", "/acts/answer", "/acts/hold", "/acts/release"],
    "/subject": ["/subject"],
    "/events/{partition}/{offset}": ["/events/0/0"],
    "/sign-in": ["/sign-in"],
}
"""Route -> what is opened of it by a data protection officer."""
PAGES = [path for paths in OPENED.values() for path in paths]


def pages_of(role: Role) -> list[str]:
    """Those that a role may open."""
    rules = {route: rule_of("GET", route) for route in OPENED}
    return [path for route, paths in OPENED.items() if (rule := rules[route]) is not None and role in rule.roles for path in paths]


def page_routes() -> set[str]:
    """Of every page there is."""
    return {rule.route for rule in RULES if rule.method == "GET" and not rule.route.startswith("/v1/")} - NO_PAGES
