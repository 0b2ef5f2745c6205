"""`ledger serve`: the ledger over HTTP, in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

from typing import Annotated

import typer

SHUTDOWN_SECONDS = 5


def register(app: typer.Typer) -> None:
    """Add the command to `ledger`."""
    app.command("serve", epilog="Example: ledger serve --port 8480")(serve)


def serve(
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Where to listen. [LEDGER__WEB__HOST, 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Which port; 0: any. [LEDGER__WEB__PORT, 8480]")] = None,
    metrics_port: Annotated[int | None, typer.Option(metavar="PORT", help="Serve Prometheus metrics there, on 127.0.0.1.", min=1, max=65535)] = None,
) -> None:
    """Serve the API and the pages. `ledger token sign-in` prints a link that signs a browser in.

    Speaks JSON lines on stderr; the address is printed once it listens.
    """
    import socket

    import uvicorn

    from ledger import diagnostics, failpoints, metrics
    from ledger.metrics.registry import WEB
    from ledger.settings import load_settings
    from ledger.web.app import make_app

    settings = load_settings()
    settings.postgres_dsn()
    diagnostics.configure()
    failpoints.arm(settings.failpoint)
    if metrics_port is not None:
        metrics.serve(metrics_port, registry=WEB)
    web = settings.web.model_copy(update={name: value for name, value in (("host", host), ("port", port)) if value is not None})
    with socket.create_server((web.host, web.port)) as listening:
        address = f"http://{web.host}:{listening.getsockname()[1]}"
        known = settings.model_copy(update={"web": web.model_copy(update={"public_url": web.public_url or address})})
        config = uvicorn.Config(
            make_app(known), log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            proxy_headers=False, loop="uvloop", http="httptools",
        )  # fmt: skip
        print(f"serving {address}", flush=True)
        uvicorn.Server(config).run(sockets=[listening])
