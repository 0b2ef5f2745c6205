"""The application in this process on the small ledger in a real PostgreSQL, and credentials of every kind. Kafka is a list here."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from ledger.adapters.kafka_register import Registered
from ledger.adapters.postgres_credentials import PostgresCredentials
from ledger.adapters.postgres_dead_letters import PostgresDeadLetters
from ledger.adapters.postgres_histories import PostgresHistories
from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA
from ledger.adapters.postgres_reader import PostgresReader
from ledger.errors import DependencyError
from ledger.folding.reading import Record
from ledger.settings import KafkaSettings, PostgresSettings, Settings, WebSettings
from ledger.web.app import Parts, make_app
from ledger.web.credentials import KEY, SESSION, Credentials, Made
from ledger.web.gate import COOKIE, CSRF_FIELD, csrf_token
from ledger.web.ingest import ClaimsPool
from ledger.web.pool import Pool
from ledger.web.replying import Replying
from ledger.web.roles import Principal, Role
from tests.folded import fold_into
from tests.histories import CONTROLLER, records
from tests.small_ledger import ANNA, history

with warnings.catch_warnings():  # it says at import that httpx has a successor
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

__all__ = ["ADDRESS", "Browser", "TestClient", "WebWorld", "hidden", "load_small_ledger", "principal_of", "web_world"]
ADDRESS = "http://ledger.test"


def load_small_ledger(dsn: str, log: Sequence[Record] | None = None) -> None:
    """The small ledger, or another log; partition 0 of one."""
    fold_into(dsn, records(history()) if log is None else log)


class Told:
    """In place of an emitter: what was told, or a Kafka that is away."""

    def __init__(self) -> None:
        self.look_ups: list[dict[str, Any]] = []
        self.tried: list[tuple[str, Mapping[str, Any]]] = []
        self.published: list[Registered] = []
        self.is_away = False

    def policies(self) -> list[Registered]:
        """Every PolicyPublished on the register."""
        if self.is_away:
            raise DependencyError("cannot read register-0: Kafka does not answer")
        return list(self.published)

    def consulted(self, subject_ref: str, **about: Any) -> None:
        if self.is_away:
            raise DependencyError("cannot emit: Kafka does not answer")
        self.look_ups.append({"subject_ref": subject_ref, **about})

    def emit_soon(self, type_name: str, **fields: Any) -> Any:
        self.tried.append((type_name, fields))
        raise DependencyError("cannot emit: there is no Kafka in this test")

    def close(self) -> None:
        """Nothing to close."""


class WebWorld:
    """One application and who may ask it."""

    def __init__(
        self, dsn: str, web: dict[str, Any], tokens: Any = None, *, emitter: Any = None, home: Path | None = None, log_ends: int = len(history())
    ) -> None:
        """emitter: in place of one that has no Kafka. home: where the archive is. log_ends: the next offset of a partition."""
        self.dsn = dsn
        self.settings = Settings(
            kafka=KafkaSettings(bootstrap_servers="127.0.0.1:9"), postgres=PostgresSettings(dsn=SecretStr(dsn)),
            web=WebSettings(**{"public_url": ADDRESS, "readers": 2, **web}), **({} if home is None else {"home": home}),
        )  # fmt: skip
        self.store = PostgresCredentials(dsn)
        self.credentials, self.told, self.stores = Credentials(self.store), emitter or Told(), list[PostgresReader]()
        pool = Pool(self._make_store, lambda partitions: [log_ends] * partitions, 2)
        self._claims = ClaimsPool(dsn, 1)
        parts = Parts(
            self.credentials, pool, Replying(pool, self.settings), self.told, self._claims, lambda: None, self.settings.archive,  # type: ignore[arg-type]
            lambda: PostgresDeadLetters(dsn), self.told.policies, tokens=tokens,
        )  # fmt: skip
        self.app: FastAPI = make_app(self.settings, parts)

    def _make_store(self, controllers: tuple[str, ...], schema: str | None) -> PostgresHistories:
        self.stores.append(PostgresHistories(self.dsn, schema or PROJECTION_SCHEMA, controllers=controllers))
        return self.stores[-1]

    def client(self, **more: Any) -> TestClient:
        """A caller without credentials. Closed with the world."""
        return TestClient(self.app, base_url=ADDRESS, raise_server_exceptions=False, follow_redirects=False, **more)

    def make(self, kind: str, role: Role, controllers: tuple[str, ...] = (CONTROLLER,), seconds: float = 3600.0, subject_ref: str = ANNA) -> Made:
        """A credential of ours."""
        return self.credentials.make(kind, principal_of(role, controllers, subject_ref), seconds)

    def key(self, role: Role, *controllers: str, **more: Any) -> dict[str, str]:
        """The header of a new key."""
        return {"Authorization": f"Bearer {self.make(KEY, role, controllers or (CONTROLLER,), **more).text}"}

    def session(self, role: Role, **more: Any) -> str:
        """The text of a new session."""
        return self.make(SESSION, role, **more).text

    def close(self) -> None:
        for each in (self.store, self._claims, *self.stores):
            each.close()


class Browser:
    """One with a session, on pages of ours, in English. post: with the form's own token."""

    def __init__(self, world: WebWorld, role: Role = Role.DPO, *controllers: str) -> None:
        self._session = world.session(role, controllers=controllers or (CONTROLLER,))
        self._client: TestClient = world.client(headers={"Accept": "text/html", "Accept-Language": "en", "Origin": ADDRESS})
        self._client.cookies.set(COOKIE, self._session, domain="ledger.test", path="/")

    def post(self, path: str, /, files: Any = None, **form: str) -> Any:
        return self._client.post(path, data={CSRF_FIELD: csrf_token(self._session)} | form, files=files)


def hidden(text: str, step: str) -> dict[str, str]:
    """What the form on a page brings along unseen, for the step that follows."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text))
    assert "seal" in found
    return found | {"step": step}


def principal_of(role: Role, controllers: tuple[str, ...] = (CONTROLLER,), subject_ref: str = ANNA) -> Principal:
    """Somebody of that role."""
    subject, source = subject_ref if role is Role.SUBJECT else None, "shop" if role is Role.EMITTER else None
    return Principal(role, f"role:{role}", controllers, "", subject, source)


@contextmanager
def web_world(dsn: str, tokens: Any = None, **web: Any) -> Iterator[WebWorld]:
    """The application on a database that holds the small ledger."""
    with closing(WebWorld(dsn, web, tokens)) as world:
        yield world
