"""Where a demo lives: a home of its own, begun anew each time. Must never delete a ledger that is not the demo's.

Without LEDGER__HOME it is `demo` below the default home, and what an earlier demo left there goes. Whoever names a home gets it, if it is new.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ledger.demo.child import end_left_children
from ledger.errors import CallerError, RefusedError
from ledger.settings import Settings, read_settings

DEFAULT_HOME = Path(Settings.model_fields["home"].default)


def fresh_home() -> Settings:
    """Return the settings of an empty home for the demo.

    Raises:
        CallerError: own services are named; the demo makes its own.
        RefusedError: LEDGER__HOME holds a ledger already.
    """
    from ledger.stack import down
    from ledger.stack.identity import read_ledger_file

    settings = read_settings()
    if settings.kafka.bootstrap_servers or settings.postgres.dsn.get_secret_value():
        raise CallerError(
            "cannot play the demo on your own services: it needs a new ledger of its own",
            hint="unset LEDGER__KAFKA__BOOTSTRAP_SERVERS and LEDGER__POSTGRES__DSN",
        )
    if settings.home != DEFAULT_HOME.absolute():
        if read_ledger_file(settings.home) is not None:
            raise RefusedError(
                f"cannot play the demo in {settings.home}: there is a ledger in it already", hint="unset LEDGER__HOME, or name a new folder"
            )
        return settings
    settings = read_settings(home=settings.home / "demo")
    end_left_children(settings.home)
    down(settings.home)
    shutil.rmtree(settings.home, ignore_errors=True)
    return settings


def end_stack(home: Path, *, at_once: bool) -> None:
    """Stop Kafka and PostgreSQL of a demo. at_once: kill Kafka: asked to stop while it starts, it thinks for half a minute."""
    from ledger.stack import down
    from ledger.stack.lifecycle import embedded

    if at_once:
        kafka, _ = embedded(read_settings(home=home))
        kafka.kill()
    down(home)
