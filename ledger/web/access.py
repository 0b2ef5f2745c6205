"""Who may do what: one row for each route, and nothing that has no row. Code, docs/access.md and the tests are driven by this table.

A route that is not here answers nobody (403), and fails the suite. Pure data. Source: docs/access.md; OWASP ASVS 5.0 8.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ledger.core.withstanding import INQUIRERS
from ledger.web.roles import Role

AUDITOR, DPO, EMITTER, MANAGER, OPERATOR, SUBJECT = Role.AUDITOR, Role.DPO, Role.EMITTER, Role.MANAGER, Role.OPERATOR, Role.SUBJECT
ANYBODY: Final = frozenset(Role)
SIGNED_OUT: Final[frozenset[Role]] = frozenset()
PERSONS: Final = (
    "subject_ref", "subject_id", "ref", "request_ref", "disclosure_ref", "actor", "ticket_ref", "incident_ref", "permission_ref", "examples",
)  # fmt: skip
"""Names of the fields by which an answer points at one person (examples: of gaps in the retention, some subjects)."""
SINGLE: Final = ("obligation_id", "certificate_ref", "event_id")
"""And those by which it points at one thing done about one person: withheld from who steers by numbers."""
NO_PERSONS: Final = frozenset({MANAGER, OPERATOR})
"""Roles from which both are withheld; for them no name in an answer looks like a personal value either (veiling.py)."""
ONE_BY_ONE: Final = ("changed_holdings", "changed_verdicts")
"""Of the effect of a policy: lists of what is about one person each, disclosures to authorities among them. Its counts say the rest."""
DISCLOSED_FOR: Final = "ledger:LegalDisclosure"
DISCLOSED_TO: Final = INQUIRERS | {"debt_collector", "trademark_claimant"}
DISCLOSURES: Final = frozenset({"disclosure", "disclosure_request"})
"""Single lines that tell of a disclosure to an authority: by purpose, by role of the holder, by what the person must be told of."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One route. roles: who may use it. is_open: without any credential too. is_look_up: about one person, so told to the log before the answer.
    withheld: names of fields, at any depth, that a role does not get. does: what it is for, in a few words.
    """

    method: str
    route: str
    does: str
    roles: frozenset[Role]
    is_open: bool = False
    is_look_up: bool = False
    withheld: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """(method, route)."""
        return self.method, self.route


def _rules(method: str, roles: Iterable[Role], routes: Mapping[str, str], *, is_open: bool = False, is_look_up: bool = False) -> list[Rule]:
    allowed = frozenset(roles)
    names = {} if is_look_up or is_open else {MANAGER: (*PERSONS, *SINGLE), OPERATOR: PERSONS}
    withheld = {role: fields for role, fields in names.items() if role in allowed}
    return [Rule(method, route, does, allowed, is_open, is_look_up, withheld) for route, does in routes.items()]


RULES: Final[tuple[Rule, ...]] = (
    *_rules("GET", ANYBODY, is_open=True, routes={
        "/health": "whether the process answers",
        "/openapi.json": "this API, described",
        "/asyncapi.json": "the topics and their events, described",
        "/schemas/ids/{schema_id}": "a schema by its id (Confluent's registry protocol)",
        "/schemas/types": "the kinds of schema",
        "/subjects": "the names under which schemas are kept",
        "/subjects/{name}/versions": "which versions one has",
        "/subjects/{name}/versions/{version}": "one version",
        "/config": "how versions must fit each other",
        "/mode": "that nothing is registered here",
        "/v1/terms": "the code lists that there are",
        "/v1/terms/{code_list}": "the terms of one, and what they mean",
    }),
    *_rules("GET", ANYBODY, is_open=True, routes={
        "/sign-in/oidc": "go to the identity provider",
        "/sign-in/callback": "come back from it, signed in",
    }),
    *_rules("POST", ANYBODY, is_open=True, routes={"/subjects/{name}": "the id of a schema that is known"}),
    *_rules("POST", [EMITTER], routes={"/v1/events": "put events on the log"}),
    *_rules("GET", [AUDITOR, DPO, MANAGER], routes={
        "/v1/holders": "who holds data, about how many people",
        "/v1/recipients": "who gets what, on which terms",
        "/v1/transfers": "what is outside the EU, and on what it rests",
        "/v1/retention": "how long what is kept, what is past its date",
        "/v1/register": "the register of processing, declared against observed (Art. 30)",
        "/v1/violations": "which promises were broken",
        "/v1/due": "what comes due",
        "/v1/overview/sharing": "sharing in numbers",
        "/v1/overview/sharing/list": "the single ones behind the numbers on sharing",
        "/v1/overview/sharing/shares": "the single shares behind a month's number",
        "/v1/overview/deletion": "deletion in numbers",
        "/v1/overview/deletion/list": "the single ones behind the numbers on deletion",
        "/v1/overview/promises": "broken promises in numbers",
        "/v1/obligations": "what holders must do",
        "/v1/breaches": "the register of breaches (Art. 33(5))",
        "/v1/processor-statement": "what is processed on behalf of others (Art. 28, 30(2))",
        "/v1/policies": "which policies are in force",
        "/v1/policies/coverage": "each promise: how it stands, and what holds to it",
        "/v1/policies/diff": "what one published policy says otherwise than another",
        "/v1/policies/show": "what a published policy declares, compiled",
    }),
    *_rules("POST", [AUDITOR, DPO, MANAGER], routes={
        "/v1/policies/coverage": "the promises of a text that is not published, and what holds to each",
        "/v1/policies/explain": "what a published policy does to one holding and when, in words",
    }),
    Rule("POST", "/v1/policies/diff", "what publishing a text would change; publishes nothing", frozenset({AUDITOR, DPO, MANAGER}),
         withheld={MANAGER: (*PERSONS, *SINGLE, *ONE_BY_ONE)}),
    *_rules("GET", [AUDITOR, DPO], routes={
        "/v1/requests": "who asked what, and until when it must be answered",
        "/v1/disclosures": "who outside asked for data",
        "/v1/holds": "which legal holds and restrictions stand",
        "/v1/suppression": "whom no campaign may reach",
        "/v1/differences": "which verdicts would now be other",
    }),
    *_rules("GET", [AUDITOR, DPO, MANAGER, OPERATOR], routes={
        "/v1/freshness": "how far everything is folded",
        "/v1/changes": "says when there is something new (server-sent events)",
    }),
    *_rules("GET", [OPERATOR, DPO, AUDITOR], routes={
        "/v1/dead-letters": "what could not be read",
        "/v1/doctor": "what is wrong with the installation, and what to do",
        "/v1/reconcile": "what log against database found last",
        "/v1/keys": "the public keys that sign what is sealed",
        "/health-of-ledger": "page: how the ledger does, and what to do",
    }),
    *_rules("GET", [DPO], routes={"/acts/{kind}": "page: the form of an act of the data protection officer"}),
    *_rules("POST", [DPO], routes={"/acts/{kind}": "record a breach or its notice, answer a request, place or release a hold"}),
    *_rules("GET", [DPO], routes={"/policies/publish": "page: the form that takes a policy"}),
    *_rules("POST", [DPO], routes={"/policies/publish": "look at what a policy would change; publish it"}),
    *_rules("GET", [AUDITOR, DPO], routes={
        "/requests": "page: requests of people",
        "/disclosures": "page: who outside asked for data",
        "/deletion/holds": "page: legal holds and restrictions, one by one",
    }),
    *_rules("GET", ANYBODY, is_open=True, routes={"/sign-in": "page: sign in", "/static": "styles and scripts of the pages"}),
    *_rules("POST", ANYBODY, is_open=True, routes={"/sign-in": "as whom a sign-in link signs in; use it up"}),
    *_rules("POST", ANYBODY, routes={"/sign-out": "end the session"}),
    *_rules("GET", [AUDITOR, DPO, MANAGER], routes={
        "/": "page: what there is, and what needs attention",
        "/sharing": "page: who gets what",
        "/sharing/list": "page: the single ones behind the numbers on sharing",
        "/sharing/shares": "page: the single shares behind a month's number",
        "/breaches": "page: the register of breaches",
        "/violations": "page: each promise, and how often it was broken",
        "/register": "page: the register of processing",
        "/policies": "page: each policy, its text beside what it does",
        "/deletion": "page: what must go, goes and went",
        "/deletion/list": "page: the single ones behind the numbers on deletion",
        "/duties": "page: what must be done beside erasing, one by one",
        "/deletion/gaps": "page: what has no term, or one that will not start",
    }),
    *_rules("GET", [AUDITOR, DPO], routes={
        "/subject": "page: whom to look at, and what for",
        "/events/{partition}/{offset}": "page: what for is an event looked at",
    }),
    *_rules("POST", [AUDITOR, DPO], is_look_up=True, routes={
        "/subject": "page: one person",
        "/subject/file": "a file about one person, from their page",
        "/events/{partition}/{offset}": "page: one event and its proof",
    }),
    *_rules("GET", [SUBJECT], is_look_up=True, routes={
        "/my-data": "page: what there is about oneself",
        "/my-data/report": "a file about oneself: all that Art. 15 asks, what Art. 20 lets one take along",
    }),
    *_rules("POST", [AUDITOR, DPO], is_look_up=True, routes={
        "/v1/subjects/show": "all that is known of one person",
        "/v1/subjects/as-of": "what is known of a day now that was not known then",
        "/v1/subjects/certificate": "what was erased, and who says so",
        "/v1/subjects/explain": "why something is still there",
        "/v1/subjects/prove": "all that is known of one person, with proofs",
        "/v1/facts/show": "one event, with its proof",
    }),
    *_rules("POST", [AUDITOR, DPO, SUBJECT], is_look_up=True, routes={
        "/v1/subjects/access": "all that Art. 15 asks",
        "/v1/subjects/portable": "what the person may take along (Art. 20)",
        "/v1/subjects/look-ups": "who looked at the data",
        "/v1/subjects/export": "a report of one person as a file",
    }),
    *_rules("GET", [AUDITOR, DPO, MANAGER], routes={
        "/v1/exports": "which files there are",
        "/v1/exports/{name}": "a register as a file",
    }),
)  # fmt: skip
"""In the order of docs/access.md."""

_NUMBERS, _PERSONS, _OFFICER, _OWN = (AUDITOR, DPO, MANAGER), (AUDITOR, DPO), (DPO,), (AUDITOR, DPO, SUBJECT)
EXPORTS: Final[Mapping[str, frozenset[Role]]] = {
    **dict.fromkeys(
        ("recipients", "agreements", "transfers", "breaches", "retention", "retention-overruns", "processing", "processor-statement"),
        frozenset(_NUMBERS),
    ),
    **dict.fromkeys(("requests", "breach-people", "retention-gaps", "due", "violations", "obligations", "holdings"), frozenset(_PERSONS)),
    "disclosures": frozenset(_OFFICER),
    **dict.fromkeys(("access", "portable", "consents", "look-ups"), frozenset(_OWN)),
}
"""Which role may have which file, in any of its formats (docs/exports.md). What names persons, or what an order keeps from them, is for few."""


OF_EVENTS: Final[Mapping[tuple[Role, str], tuple[str, ...]]] = {(AUDITOR, "DataConsulted"): ("actor",)}
"""(role, type of event) -> the fields of it that this role is not told: of a look-up, who looked."""


def may_export(role: Role, name: str) -> bool:
    """Whether a role may have a file; nobody may have one that has no row."""
    return role in EXPORTS.get(name, frozenset())


BY_KEY: Final[Mapping[tuple[str, str], Rule]] = {rule.key: rule for rule in RULES}


def rule_of(method: str, route: str) -> Rule | None:
    """The row of a route; None: nobody may."""
    return BY_KEY.get((method, route))


def without_disclosures(answer: object) -> object:
    """The same answer in JSON form, its lists without the single lines on disclosures to authorities. Sums over people, which name nobody, stay.

    To be asked before the fields of persons are withheld: by these it knows a single line.
    """
    if isinstance(answer, dict):
        return {name: without_disclosures(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [without_disclosures(value) for value in answer if not _is_of_disclosure(value)]
    return answer


def _is_of_disclosure(line: object) -> bool:
    if not isinstance(line, dict) or "subject_ref" not in line:
        return False
    return (
        _term(line, "purpose") == DISCLOSED_FOR or _term(line, "role") in DISCLOSED_TO or line.get("about") in DISCLOSURES
        or line.get("disclosure_ref") is not None
    )  # fmt: skip


def _term(line: dict[str, object], name: str) -> object:
    value = line.get(name)
    return value.get("term") if isinstance(value, dict) else None
