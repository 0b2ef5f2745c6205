"""Is this machine as it must be: clocks, archive, key files, room on the disk?"""

from __future__ import annotations

import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

from ledger.adapters.kafka_log import KafkaLog
from ledger.adapters.postgres_watching import PostgresWatching
from ledger.core.instants import CLOCK_SKEW_SECONDS
from ledger.doctoring.checks import Found, found
from ledger.doctoring.sayings import Clause
from ledger.settings import Settings
from ledger.stack.disk import FREE_BYTES_MIN
from ledger.topics import REGISTER

SKEW_SECONDS_MAX: Final = 5.0
FREE_SHARE_MIN: Final = 0.1


def clocks_agree(settings: Settings) -> Found:
    """This machine, the database, and the broker: whose clock cannot be asked, but the newest record of `register` cannot be younger than now."""
    with PostgresWatching(settings.postgres_dsn()) as database:
        before = time.time()
        theirs = database.clock()
        skew = theirs - (before + time.time()) / 2
    with KafkaLog(settings) as log:
        low, high = log.bounds(REGISTER, 0)
        newest = 0.0 if high <= low else log.taken_at(REGISTER, 0, high - 1)
    ahead = newest - time.time()
    if ahead > SKEW_SECONDS_MAX or abs(skew) > CLOCK_SKEW_SECONDS:
        return found("clocks_wrong", skew=skew, ahead=max(0.0, ahead))
    return found("clocks_off" if abs(skew) > SKEW_SECONDS_MAX else "clocks_agree", skew=skew)


def archive_is_writable(settings: Settings) -> Found:
    """The sealer could write. Where nothing is sealed, the folder above it counts."""
    folder = settings.archive
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return found("archive_closed", kind=type(error).__name__)
    return found("archive_there" if settings.archive.exists() else "archive_to_come")


def key_files_are_ours_alone(settings: Settings) -> Found:
    """Those that are files: of mode 0600; the vault's there, where the vault has begun."""
    files = {"sealing": (settings.sealing_key_file, settings.sealing.key), "vault": (settings.vault_key_file, settings.vault.keys)}
    files["suppression"] = (settings.suppression_key_file, settings.vault.suppression_key)
    by_store = [name for name, (_, secret) in files.items() if secret.get_secret_value()]
    paths = {name: path for name, (path, _) in files.items() if name not in by_store and path.exists()}
    open_to_others = [name for name, path in paths.items() if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        modes = {name: f"{stat.S_IMODE(paths[name].stat().st_mode):04o}" for name in open_to_others}
        return found("keys_open", keys=tuple(Clause("key_open", {"key": name, "mode_bits": mode}) for name, mode in modes.items()))
    if "vault" not in paths and "vault" not in by_store and _has_vault(settings):
        return found("keys_gone")
    have = [*(Clause("key_file", {"key": name}) for name in paths), *(Clause("key_stored", {"key": name}) for name in by_store)]
    return found("keys_ours", keys=tuple(have)) if have else found("keys_none")


def _has_vault(settings: Settings) -> bool:
    from ledger.adapters.postgres_vault import PostgresVault

    with PostgresVault(settings.postgres_dsn()) as store:
        return store.mark() is not None


def disk_has_room(settings: Settings) -> Found:
    """Of the disks of the home and of the archive."""
    tight, free_least = [], None
    for name, folder in (("home", settings.home), ("archive", settings.archive)):
        place = Path(folder)
        while not place.exists():
            place = place.parent
        usage = shutil.disk_usage(place)
        free_least = usage.free if free_least is None else min(free_least, usage.free)
        if usage.free < FREE_BYTES_MIN:
            return found("disk_full", megabytes=usage.free / 2**20, disk=name)
        if usage.free < FREE_SHARE_MIN * usage.total:
            tight.append(Clause("disk_share", {"share": usage.free / usage.total, "disk": name}))
    return found("disk_tight", tight=tuple(tight)) if tight else found("disk_roomy", gigabytes=(free_least or 0) / 2**30)
