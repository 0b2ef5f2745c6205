"""`ledger serve` processes for tests, and clients that ask them. All are gone at the end."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpx

from ledger.adapters.postgres_credentials import PostgresCredentials
from ledger.web.credentials import KEY, LINK, Credentials
from ledger.web.roles import Principal, Role
from tests.ledgers import TestLedger
from tests.workers import END_SECONDS_MAX, wait_until

_numbers = itertools.count(1)
TIMEOUT_SECONDS = 60.0


def key_of(
    ledger: TestLedger, role: Role = Role.AUDITOR, controllers: tuple[str, ...] = ("hostinghuis",), *, source: str | None = None,
    subject_ref: str | None = None,
) -> str:  # fmt: skip
    """A new key, as `ledger token create` makes it."""
    with closing(PostgresCredentials(ledger.dsn)) as store:
        return Credentials(store).make(KEY, Principal(role, f"role:{role}", controllers, "", subject_ref, source), 3600.0).text


def link_of(ledger: TestLedger, role: Role, controllers: tuple[str, ...] = ("hostinghuis",), *, subject_ref: str | None = None) -> str:
    """The secret of a new sign-in link, as `ledger token sign-in` makes it."""
    with closing(PostgresCredentials(ledger.dsn)) as store:
        return Credentials(store).make(LINK, Principal(role, f"role:{role}", controllers, "", subject_ref, None), 3600.0).text


class Server:
    """One process. address: http://127.0.0.1:port."""

    def __init__(self, ledger: TestLedger, environment: dict[str, str], options: Sequence[str] = ()) -> None:
        self._log = ledger.home / f"serve-{next(_numbers)}.log"
        self._out = self._log.with_suffix(".out")
        with self._log.open("wb") as log, self._out.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ledger", "serve", "--port", "0", *options], env=ledger.environment | environment, stdout=out, stderr=log
            )
        wait_until(lambda: self.exit_code is not None or "\n" in self._out.read_text(), seconds=END_SECONDS_MAX, what="the server's start")
        assert self.exit_code is None, self.text()
        self.address = self._out.read_text().split()[1]

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.poll()

    @property
    def pid(self) -> int:
        """Of the process that was started; of several, their supervisor."""
        return self._process.pid

    def text(self) -> str:
        """All that was said on stderr."""
        return self._log.read_text(encoding="utf-8")

    def lines(self) -> list[dict[str, Any]]:
        """What was said, a JSON object a line."""
        return [json.loads(line) for line in self.text().splitlines()]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for its end."""
        if self.exit_code is None:
            os.kill(self._process.pid, number)
        return self._process.wait(END_SECONDS_MAX)

    def leave(self) -> None:
        """Kill it if it still runs, and print what it has said: pytest shows it when the test failed."""
        self.end(signal.SIGKILL)
        print(f"--- server\n{self.text()}")

    def wait(self) -> int:
        """Wait for its end."""
        return self._process.wait(END_SECONDS_MAX)

    def client(self, key: str | None, **more: Any) -> httpx.Client:
        """One that asks it, with a credential or without."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False, **more)


@contextmanager
def servers_of(ledger: TestLedger) -> Iterator[Callable[..., Server]]:
    """Starts servers: `start(failpoint="", options=(), **LEDGER__ settings in lower case)`; what they have said is printed at the end."""
    with ExitStack() as ending:

        def start(failpoint: str = "", options: Sequence[str] = (), **settings: str) -> Server:
            environment = {f"LEDGER__{name.upper()}": value for name, value in settings.items()}
            server = Server(ledger, environment | ({"LEDGER__FAILPOINT": failpoint} if failpoint else {}), options)
            ending.callback(server.leave)
            return server

        yield start
