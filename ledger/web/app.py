"""The application: what it needs, made once from the settings, and its routes behind the gate."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.kafka_register import Remembered
from ledger.adapters.postgres_claims import PostgresClaims
from ledger.adapters.postgres_credentials import PostgresCredentials
from ledger.adapters.postgres_dead_letters import PostgresDeadLetters
from ledger.adapters.postgres_histories import PostgresHistories
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA
from ledger.answers.asking import Ends
from ledger.answers.look_ups import Opening
from ledger.contract.asyncapi import asyncapi
from ledger.errors import LedgerError
from ledger.reconciling.noted import noted
from ledger.replaying.as_of_then import tidy
from ledger.sdk.emit import Emitter
from ledger.settings import Settings
from ledger.topics import FACTS, FACTS_SETTINGS, OBLIGATIONS, REGISTER, TOPIC_SETTINGS, VIOLATIONS
from ledger.tracing import spans
from ledger.web import (
    changes,
    checks,
    evidence,
    examples,
    exports,
    ingest,
    installation,
    json_schemas,
    oidc,
    persons,
    policies_shown,
    proving,
    reads,
    reads_behind,
    registry,
    terms,
)  # fmt: skip
from ledger.web import policies as policy_reads
from ledger.web.access import rule_of
from ledger.web.credentials import Credentials
from ledger.web.gate import Gate, Tokens
from ledger.web.limits import Bounded, Rates
from ledger.web.measuring import Measured
from ledger.web.pages import (
    acts,
    breaches,
    deletion,
    deletion_list,
    disclosures,
    duties,
    event,
    health,
    holds,
    home,
    person,
    policies,
    policy_publishing,
    promises,
    register,
    requests,
    sharing,
    sharing_list,
    sharing_shares,
    sign_in,
)  # fmt: skip
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.rendering import Pages
from ledger.web.pool import Pool, SharedEnds
from ledger.web.problems import Problem, as_asked, handler
from ledger.web.replying import JSON, Replying
from ledger.web.roles import EVERY_CONTROLLER
from ledger.web.short_way import ShortWay
from ledger.web.tokens import tokens_of
from ledger.web.traced import Traced
from ledger.web.working import Working

KAFKA_SECONDS_MAX: Final = 3.0
NO_TELEMETRY: Final = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""FastAPI's own spans and lines hold addresses with their query, and texts of errors; variables of the environment would turn them on."""
UNTAGGED: Final = frozenset({"/v1/dead-letters", "/v1/doctor", "/v1/exports", "/v1/keys", "/v1/reconcile", "/v1/terms", "/v1/terms/{code_list}"})
"""Read anew each time: no position says whether they have changed."""
TITLE: Final = "Privacy ledger"
ABOUT: Final = "Who holds what about whom, on which ground, until when, and the events that prove it. Errors are problem details (RFC 9457)."


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are made of. opening: what opens who looked, where there is a vault. published: every policy on the register, now."""

    credentials: Credentials
    pool: Pool
    replying: Replying
    emitter: Emitter
    claims: ingest.ClaimsPool
    opening: Any
    archive: Path
    dead_letters: Callable[[], AbstractContextManager[Any]]
    published: policy_publishing.Published
    forgetting: ingest.Forgetting | None = None
    tokens: Tokens | None = None


def make_parts(settings: Settings) -> Parts:
    """Everything for one process; connections open when first needed."""
    dsn = settings.postgres_dsn()

    def make_store(controllers: tuple[str, ...], schema: str | None) -> PostgresHistories:
        return PostgresHistories(dsn, schema or PROJECTION_SCHEMA, controllers, seconds=settings.web.request_seconds)

    pool = Pool(make_store, SharedEnds(_ends(settings)), settings.web.readers)
    emitter, opening = _emitter(settings)
    claims = ingest.ClaimsPool(dsn, settings.web.readers)
    forgetting = ingest.Forgetting(PostgresClaims(dsn), PostgresCredentials(dsn))
    return Parts(
        Credentials(PostgresCredentials(dsn)), pool, Replying(pool, settings), emitter, claims, opening, settings.archive,
        lambda: PostgresDeadLetters(dsn), partial(Remembered(settings, "PolicyPublished").now, seconds=KAFKA_SECONDS_MAX), forgetting,
        tokens_of(settings.web),
    )  # fmt: skip


def make_app(settings: Settings, parts: Parts | None = None) -> FastAPI:
    """The application of one process."""
    made = parts or make_parts(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as ending:
            ending.callback(spans.flush)
            for each in (made.credentials, made.pool, made.claims, made.emitter):
                ending.enter_context(closing(each))
            if made.forgetting is not None:
                ending.enter_context(closing(made.forgetting)).start()
            ending.enter_context(closing(made.replying.makings)).start(partial(tidy, settings))
            yield

    gate = Gate(made.credentials, made.tokens, Rates(settings.web.requests_per_second, settings.web.requests_per_second * 10))
    app = FastAPI(
        title=TITLE, description=ABOUT, version=version("privacy-ledger"), lifespan=lifespan, dependencies=[Depends(gate)], docs_url=None,
        redoc_url=None, openapi_url=None, redirect_slashes=False, telemetry=NO_TELEMETRY,
    )  # fmt: skip
    looking = persons.Looking(made.replying, persons.teller(made.emitter), is_sealed=made.opening() is not None)
    checked, walking = checks.Checked(settings), threading.Lock()
    pages = Pages(is_secure=settings.web.public_url.startswith("https:"), nobody_works=Working(settings.postgres_dsn()).is_nobody)
    show = as_asked(pages.problem)
    refuse = handler(show)
    for error in (Problem, LedgerError, RequestValidationError, HTTPException):
        app.add_exception_handler(error, refuse)
    for router in (  # what is asked most often first: they are looked through in turn
        ingest.routes(made.emitter, made.claims), persons.routes(made.replying, looking, made.opening),
        reads.routes(made.replying), reads_behind.routes(made.replying), exports.routes(made.replying, looking),
        installation.routes(made.replying, made.dead_letters, walking), evidence.routes(made.replying, looking, made.archive), registry.routes(),
        policy_reads.routes(made.replying, walking, settings.web.request_seconds), checks.routes(checked, partial(noted, settings)),
        policies_shown.routes(made.replying), proving.routes(looking, settings), terms.routes(), changes.routes(_changes(made)),
    ):  # fmt: skip
        app.include_router(router)
    asking = PageAsking(made.replying.for_pages(), pages)
    for router in (
        sign_in.routes(pages, made.credentials), home.routes(asking), sharing.routes(asking), sharing_list.routes(asking),
        sharing_shares.routes(asking),
        deletion.routes(asking), deletion_list.routes(asking), duties.routes(asking), holds.routes(asking),
        requests.routes(asking), breaches.routes(asking), disclosures.routes(asking),
        promises.routes(asking), register.routes(asking), health.routes(asking, checked),
        acts.routes(asking, looking, made.emitter, made.claims), policies.routes(asking),
        policy_publishing.routes(asking, made.emitter, made.claims, made.published, walking),
        person.routes(asking, looking, made.opening), event.routes(asking, looking, settings.archive),
    ):  # fmt: skip
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(packages=[("ledger.web.pages", "static")]), name="static")
    oidc.add_to(app, settings.web, made.credentials)
    app.add_middleware(ShortWay, gate=gate, answer=persons.showing(looking), refuse=refuse)
    app.add_middleware(Bounded, seconds=settings.web.request_seconds, show=show)
    app.add_middleware(Measured)  # the last is outside all others
    if spans.is_on():
        app.add_middleware(Traced)
    _about(app)
    return app


def _about(app: FastAPI) -> None:
    @app.get("/health", tags=["about"], summary="Whether the process answers")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/openapi.json", include_in_schema=False)
    def described(request: Request) -> Response:
        return Response(json_schemas.as_text(openapi_of(app)), media_type="application/json")

    @app.get("/asyncapi.json", include_in_schema=False)
    def topics() -> Response:
        return Response(asyncapi_text(), media_type="application/json")


def asyncapi_text() -> str:
    """The description of the topics, as served."""
    settings = {FACTS: FACTS_SETTINGS, **dict.fromkeys((OBLIGATIONS, REGISTER, VIOLATIONS), TOPIC_SETTINGS)}
    return json_schemas.as_text(asyncapi(version("privacy-ledger"), settings))


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The description of all routes, with the schemas that they refer to and examples."""
    made = get_openapi(title=TITLE, version=app.version, description=ABOUT, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(json_schemas.components())
    made["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"bearer": []}]
    for route, path in made["paths"].items():
        for method, operation in path.items():
            rule = rule_of(method.upper(), route)
            if rule is not None and rule.is_open:
                operation["security"] = []
            # pydantic's own text would repeat what was sent; ours does not
            if "422" in operation["responses"] and "HTTPValidationError" in str(operation["responses"]["422"]):
                operation["responses"].update({str(k): v for k, v in json_schemas.problem_responses((422,)).items()})
            if route.startswith("/v1/"):
                is_tagged = method == "get" and JSON in operation["responses"]["200"].get("content", {}) and route not in UNTAGGED
                also = json_schemas.also_answered(method, is_tagged=is_tagged)
                operation["responses"] = dict(sorted((also | operation["responses"]).items()))
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    examples.add_to(made)
    return made


def _changes(parts: Parts) -> changes.Changes:
    def freshness() -> Any:
        with parts.pool.query((EVERY_CONTROLLER,)) as query:
            return query.freshness()

    return changes.Changes(freshness)


def _ends(settings: Settings) -> Ends:
    admin = KafkaAdmin(settings)
    return lambda partitions: admin.end_offsets(FACTS, partitions, seconds=KAFKA_SECONDS_MAX)


def _emitter(settings: Settings) -> tuple[Emitter, Any]:
    """What puts events on the log, and what opens who looked: sealed where this machine has the vault's keys."""
    from ledger.adapters.postgres_vault import PostgresVault
    from ledger.forgetting.vaults import VaultKeys, opening_of
    from ledger.vault.vault import Vault

    config = settings.kafka_client_config()
    servers = config.pop("bootstrap.servers")
    keys = VaultKeys(settings)
    if not keys.has_epochs():
        return Emitter(source=persons.SOURCE, bootstrap_servers=servers, config=config), lambda: None
    vault = Vault(PostgresVault(settings.postgres_dsn()), keys.epochs, keys.suppression)
    opener: Opening = opening_of(vault)
    return Emitter(source=persons.SOURCE, bootstrap_servers=servers, config=config, vault=vault), lambda: opener
