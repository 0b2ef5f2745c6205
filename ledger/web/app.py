"""The application: what it needs, made once from the settings, and its routes behind the gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.adapters.postgres_credentials import PostgresCredentials
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA
from ledger.adapters.postgres_reader import PostgresReader
from ledger.answers.asking import Ends
from ledger.answers.look_ups import Opening
from ledger.answers.store import AnswerStore
from ledger.errors import LedgerError
from ledger.sdk.emit import Emitter
from ledger.settings import Settings
from ledger.topics import FACTS
from ledger.web import changes, ingest, json_schemas, persons, reads, registry
from ledger.web.credentials import Credentials
from ledger.web.gate import Gate, Tokens
from ledger.web.limits import BoundedBody, Rates
from ledger.web.pages import deletion, event, home, person, sharing, sign_in
from ledger.web.pages.asking import PageAsking
from ledger.web.pages.rendering import Pages
from ledger.web.pool import Pool, SharedEnds
from ledger.web.problems import Problem, handler
from ledger.web.replying import Replying
from ledger.web.roles import EVERY_CONTROLLER

KAFKA_SECONDS_MAX: Final = 3.0
TITLE: Final = "Privacy ledger"
ABOUT: Final = "Who holds what about whom, on which ground, until when, and the events that prove it. Errors are problem details (RFC 9457)."


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes are made of. opening: what opens who looked, where there is a vault."""

    credentials: Credentials
    pool: Pool
    replying: Replying
    emitter: Emitter
    claims: ingest.ClaimsPool
    opening: Any
    tokens: Tokens | None = None


def make_parts(settings: Settings) -> Parts:
    """Everything for one process; connections open when first needed."""
    dsn = settings.postgres_dsn()

    def make_store(controllers: tuple[str, ...], schema: str | None) -> AnswerStore:
        return PostgresReader(dsn, schema or PROJECTION_SCHEMA)

    pool = Pool(make_store, SharedEnds(_ends(settings)), settings.web.readers)
    emitter, opening = _emitter(settings)
    claims = ingest.ClaimsPool(dsn, settings.web.readers)
    return Parts(Credentials(PostgresCredentials(dsn)), pool, Replying(pool, settings), emitter, claims, opening)


def make_app(settings: Settings, parts: Parts | None = None) -> FastAPI:
    """The application of one process."""
    made = parts or make_parts(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        with closing(made.emitter), closing(made.claims):
            pass

    gate = Gate(made.credentials, made.tokens, Rates(settings.web.requests_per_second, settings.web.requests_per_second * 10))
    app = FastAPI(
        title=TITLE, description=ABOUT, version=version("privacy-ledger"), lifespan=lifespan, dependencies=[Depends(gate)], docs_url=None,
        redoc_url=None, openapi_url=None, redirect_slashes=False,
    )  # fmt: skip
    pages = Pages(is_secure=settings.web.public_url.startswith("https:"))
    for error in (Problem, LedgerError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(error, handler(pages.problem))
    app.add_middleware(BoundedBody)
    for router in (
        ingest.routes(made.emitter, made.claims), reads.routes(made.replying),
        persons.routes(made.replying, persons.teller(made.emitter), made.opening), registry.routes(), changes.routes(_changes(made)),
    ):  # fmt: skip
        app.include_router(router)
    asking = PageAsking(made.replying, pages)
    tell = persons.teller(made.emitter)
    for router in (
        sign_in.routes(pages, made.credentials), home.routes(asking), sharing.routes(asking), deletion.routes(asking),
        person.routes(asking, tell, made.opening), event.routes(asking, tell, settings.archive),
    ):  # fmt: skip
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(packages=[("ledger.web.pages", "static")]), name="static")
    _about(app)
    return app


def _about(app: FastAPI) -> None:
    @app.get("/health", tags=["about"], summary="Whether the process answers")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/openapi.json", include_in_schema=False)
    def described(request: Request) -> Response:
        return Response(json_schemas.as_text(openapi_of(app)), media_type="application/json")


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The description of all routes, with the schemas that they refer to."""
    made = get_openapi(title=TITLE, version=app.version, description=ABOUT, routes=app.routes)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(json_schemas.components())
    made["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    made["security"] = [{"bearer": []}]
    for path in made["paths"].values():
        for operation in path.values():
            # pydantic's own text would repeat what was sent; ours does not
            if "422" in operation["responses"] and "HTTPValidationError" in str(operation["responses"]["422"]):
                operation["responses"].update({str(k): v for k, v in json_schemas.problem_responses((422,)).items()})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
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
