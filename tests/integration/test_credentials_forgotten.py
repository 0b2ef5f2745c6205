"""What is worth nothing any more goes from the tables of the web process by itself."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from ledger.errors import DependencyError
from ledger.settings import KafkaSettings, PostgresSettings, Settings
from ledger.web.app import make_parts
from ledger.web.credentials import KEY, LINK, SESSION
from ledger.web.ingest import Forgetting
from ledger.web.roles import Role
from tests.web_world import principal_of
from tests.workers import wait_until

DAY = 86_400.0


def kept(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        return {row[0] for row in connection.execute("SELECT credential_id FROM ledger.credential").fetchall()}


def test_credentials_that_expired_or_were_taken_back_a_day_ago_go_while_the_server_runs(database: str) -> None:
    parts = make_parts(Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:9"), postgres=PostgresSettings(dsn=SecretStr(database))))
    assert parts.forgetting is not None
    with closing(parts.claims), closing(parts.emitter), closing(parts.credentials._store):  # type: ignore[type-var]
        ids = {
            name: parts.credentials.make(kind, principal_of(Role.DPO), seconds).credential_id
            for name, kind, seconds in (("good", KEY, 60.0), ("old", SESSION, -1.1 * DAY), ("link", LINK, -1.1 * DAY), ("young", SESSION, -0.9 * DAY),
                                        ("back", KEY, DAY), ("just back", KEY, DAY))
        }  # fmt: skip
        for name in ("back", "just back"):
            parts.credentials.revoke(ids[name])
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE ledger.credential SET revoked_at = now() - interval '25 hours' WHERE credential_id = %s", [ids["back"]])
        assert kept(database) == set(ids.values())

        parts.forgetting._seconds = 0.02
        with closing(parts.forgetting):
            parts.forgetting.start()
            wait_until(lambda: kept(database) == {ids["good"], ids["young"], ids["just back"]}, seconds=30.0, what="the old ones to go")


class Tidied:
    """Claims and credentials that count how often they are tidied, and may fail."""

    def __init__(self, *failing: str) -> None:
        self.failing, self.done, self.closed = failing, {"claims": 0, "credentials": 0}, 0

    def _did(self, what: str) -> int:
        self.done[what] += 1
        if what in self.failing:
            raise DependencyError("cannot tidy: PostgreSQL does not answer")
        return 0

    def forget_folded(self) -> int:
        return self._did("claims")

    def forget_expired(self) -> int:
        return self._did("credentials")

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("failing", [(), ("claims",), ("credentials",), ("claims", "credentials")])
def test_one_that_fails_does_not_keep_the_other_and_both_are_tried_again(failing: tuple[str, ...]) -> None:
    tidied: Any = Tidied(*failing)

    forgetting = Forgetting(tidied, tidied, seconds=0.001)
    with closing(forgetting):
        forgetting.start()
        wait_until(lambda: min(tidied.done.values()) >= 3, seconds=10.0, what="both to be tried again")
    assert tidied.closed == 2
