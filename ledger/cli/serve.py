"""`ledger serve`: the ledger over HTTP, in the foreground, until SIGTERM or Ctrl-C."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `ledger`."""
    app.command("serve", epilog="Example: ledger serve --port 8480")(serve)


def serve(
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Where to listen. [LEDGER__WEB__HOST, 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Which port; 0: any. [LEDGER__WEB__PORT, 8480]")] = None,
    processes: Annotated[int | None, typer.Option(metavar="N", min=1, max=64, help="How many answer together. [LEDGER__WEB__PROCESSES, 1]")] = None,
    metrics_port: Annotated[int | None, typer.Option(metavar="PORT", help="Serve Prometheus metrics there, on 127.0.0.1.", min=1, max=65535)] = None,
) -> None:
    """Serve the API and the pages. `ledger token sign-in` prints a link that signs a browser in.

    Speaks JSON lines on stderr; the address is printed once it listens.
    """
    import socket

    from ledger import diagnostics, failpoints
    from ledger.settings import load_settings
    from ledger.web.processes import OwnSocket, run
    from ledger.web.serving_at import told

    settings = load_settings()
    settings.postgres_dsn()
    diagnostics.configure()
    failpoints.arm(settings.failpoint)
    given = (("host", host), ("port", port), ("processes", processes))
    web = settings.web.model_copy(update={name: value for name, value in given if value is not None})
    with OwnSocket.reserved(web.host, web.port) if web.processes > 1 else socket.create_server((web.host, web.port)) as listening:
        address = f"http://{web.host}:{listening.getsockname()[1]}"
        known = settings.model_copy(update={"web": web.model_copy(update={"public_url": web.public_url or address})})
        with told(settings.home, address):  # so that `ledger token sign-in` prints a link to it
            run(known, listening, metrics_port, lambda: print(f"serving {address}", flush=True))
