"""One process or several that answer at one address.

Several: uvicorn's supervisor starts them, each anew (librdkafka does not survive a fork), starts another in place of one that died or hangs, and ends
them all. A process shares nothing with the others but the address: sessions, keys, claims and locks are in PostgreSQL. Dying: requests under way in
that process break off, what was asked of them is asked again (docs/http.md); the others go on. Whose supervisor is gone ends by itself.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from ledger import diagnostics, failpoints, garbage, metrics
from ledger.errors import OperatorError
from ledger.metrics.registry import WEB
from ledger.settings import ENV_PREFIX, Settings, hand_down, load_settings
from ledger.tracing import starting
from ledger.web.app import make_app

SHUTDOWN_SECONDS: Final = 5
START_SECONDS_MAX: Final = 60
"""So long a process may take until it answers its supervisor, or hang."""
ORPHANED_SECONDS: Final = 1.0
GARBAGE_THRESHOLDS: Final = (20_000, 20, 100)
"""Looked through seldom: somebody waits for an answer meanwhile."""


class OwnSocket(socket.socket):
    """A bound socket that nobody listens on here; each process that it is handed to listens on one of its own, at the same address.

    The kernel then deals connections evenly. From one socket of all, whoever wakes first takes all that wait: of 32, one process had 30.
    """

    @classmethod
    def reserved(cls, host: str, port: int) -> OwnSocket:
        """As bound, for an address that nobody else has: two servers that both share it would mix their answers. Raises: OSError."""
        with socket.create_server((host, port)) as found:
            chosen = found.getsockname()[1]
        return cls.bound(host, chosen)

    @classmethod
    def bound(cls, host: str, port: int) -> OwnSocket:
        """Raises: OSError, the address is taken or not ours."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        found = cls(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        found.bind((host, port))
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return OwnSocket.bound, self.getsockname()[:2]


def run(settings: Settings, listening: socket.socket, metrics_port: int | None, on_serving: Callable[[], None]) -> None:
    """Answer until SIGTERM or Ctrl-C, in `settings.web.processes` processes. settings: with the public address. listening: bound; an OwnSocket where
    there are several. on_serving: called once they answer.

    Raises:
        OperatorError: one of several did not start; all are ended.
    """
    if settings.web.processes == 1:
        if metrics_port is not None:
            metrics.serve(metrics_port, registry=WEB)
        starting.start(settings.traces, starting.WEB)
        config = _config(make_app(settings), settings.web.proxies)
        garbage.spare(GARBAGE_THRESHOLDS)
        on_serving()
        uvicorn.Server(config).run(sockets=[listening])
        return
    starting.require_installed(settings.traces)
    with tempfile.TemporaryDirectory(prefix="ledger-metrics-") as folder:
        # what each process must have in common with this one; it reads the rest itself
        secret = settings.web.secret.get_secret_value() or secrets.token_hex(32)
        web = {f"{ENV_PREFIX}WEB__PUBLIC_URL": settings.web.public_url, f"{ENV_PREFIX}WEB__SECRET": secret}
        hand_down(web | {metrics.PROCESSES_FOLDER: folder})
        if metrics_port is not None:
            metrics.serve_processes(metrics_port, folder)
        config = _config(f"{__name__}:application", settings.web.proxies, factory=True, workers=settings.web.processes)
        _Supervisor(config, [listening], on_serving, partial(metrics.forget_process, folder=folder)).run()


def application() -> FastAPI:
    """The application of one of several processes."""
    threading.Thread(target=_end_with, args=(os.getppid(),), name="ledger-orphaned", daemon=True).start()
    settings = load_settings()
    diagnostics.configure()
    failpoints.arm(settings.failpoint)
    starting.start(settings.traces, starting.WEB)
    app = make_app(settings)
    garbage.spare(GARBAGE_THRESHOLDS)
    return app


def _config(app: FastAPI | str, proxies: str, **more: Any) -> uvicorn.Config:
    """proxies: addresses whose word is taken for who asks (`X-Forwarded-For`); of nobody else, or a caller could be anybody."""
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=SHUTDOWN_SECONDS, proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies, loop="uvloop", http="httptools", timeout_worker_healthcheck=START_SECONDS_MAX, **more,
    )  # fmt: skip


def _end_with(parent: int) -> None:
    """A supervisor that was killed could not end its processes: they would go on answering as nobody's, and keep the port."""
    while os.getppid() == parent:
        time.sleep(ORPHANED_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


class _Supervisor(Multiprocess):
    def __init__(
        self, config: uvicorn.Config, sockets: list[socket.socket], on_serving: Callable[[], None], forget: Callable[[int], None]
    ) -> None:  # fmt: skip
        super().__init__(config, sockets)
        self._on_serving, self._forget = on_serving, forget

    def init_processes(self) -> None:
        """And wait until all answer. Raises: OperatorError, one does not; none is left."""
        super().init_processes()
        if not all(each.wait_until_ready(START_SECONDS_MAX) for each in self.processes):
            for each in self.processes:
                each.kill()
                each.join()
            raise OperatorError("cannot serve: a process did not start", hint="its lines above say why; try it with --processes 1")
        self._on_serving()

    def keep_subprocess_alive(self) -> None:
        """And leave out what the dead ones count as there now."""
        before = {each.pid for each in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {each.pid for each in self.processes}:
            if pid is not None:
                self._forget(pid)
