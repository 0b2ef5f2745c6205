"""Lets the log of look-ups forget: every `worker.tick_seconds`, the keys of days whose term is over are destroyed. One leader.

A worker whose database user has no right in the vault says so once and leaves it to others: `ledger vault expire` does the same by hand.
"""

from __future__ import annotations

import threading
from contextlib import closing

from ledger.adapters.postgres_duties import Duty
from ledger.adapters.postgres_reader import PostgresReader
from ledger.adapters.postgres_vault import PostgresVault
from ledger.answers.asking import Asking
from ledger.diagnostics import logger
from ledger.errors import OperatorError
from ledger.forgetting.look_ups import expire
from ledger.settings import Settings
from processors.log_checks import Ledger


def may_forget(settings: Settings) -> bool:
    """Whether this worker has what it takes. Raises: DependencyError, PostgreSQL does not answer."""
    try:
        with PostgresVault(settings.postgres_dsn()) as store:
            store.living_days()
    except OperatorError as error:
        remedy = "give it the role ledger_vault and start again; or ledger vault expire, by a user who has it"
        logger("forgetter").warning("look_ups_not_forgotten", error=str(error), remedy=remedy)
        return False
    return True


def forget(settings: Settings, ledger: Ledger, duty: Duty, stop: threading.Event) -> None:
    """Destroy what is due until told to stop. The caller has taken the duty.

    Raises:
        DependencyError: PostgreSQL does not answer; call again.
    """
    log = logger("forgetter")
    dsn = settings.postgres_dsn()
    with PostgresVault(dsn) as store, closing(PostgresReader(dsn)) as reader:
        asking = Asking(reader)
        while True:
            for each in expire(asking, store):
                log.info("look_ups_forgotten", controller=each.controller, day=each.day.isoformat(), rule=each.rule)
            if stop.wait(settings.worker.tick_seconds):
                return
