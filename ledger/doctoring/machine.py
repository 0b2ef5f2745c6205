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
from ledger.doctoring.checks import Found
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
    looked_at = "this machine, the database, the newest record of the broker"
    if ahead > SKEW_SECONDS_MAX or abs(skew) > CLOCK_SKEW_SECONDS:
        return Found(
            "wrong", looked_at, f"the database is {skew:+.1f} s from here; the broker at least {max(0.0, ahead):.1f} s ahead", "set the clocks (NTP)",
        )
    if abs(skew) > SKEW_SECONDS_MAX:
        return Found("warning", looked_at, f"the database is {skew:+.1f} s from here", "set the clocks (NTP)")
    return Found("ok", looked_at, f"the database is {skew:+.2f} s from here, the broker is not ahead")


def archive_is_writable(settings: Settings) -> Found:
    """The sealer could write. Where nothing is sealed, the folder above it counts."""
    folder = settings.archive
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Found(
            "wrong", "the folder of the archive", f"nothing can be written there: {type(error).__name__}",
            "make space, or set rights or LEDGER__SEALING__ARCHIVE",
        )
    there = "is writable" if settings.archive.exists() else "is not there yet, and can be made"
    return Found("ok", "the folder of the archive", there)


def key_files_are_ours_alone(settings: Settings) -> Found:
    """Those that are files: of mode 0600; the vault's there, where the vault has begun."""
    files = {"sealing": (settings.sealing_key_file, settings.sealing.key), "vault": (settings.vault_key_file, settings.vault.keys)}
    files["suppression"] = (settings.suppression_key_file, settings.vault.suppression_key)
    by_store = [name for name, (_, secret) in files.items() if secret.get_secret_value()]
    paths = {name: path for name, (path, _) in files.items() if name not in by_store and path.exists()}
    open_to_others = [name for name, path in paths.items() if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        what = ", ".join(f"the {name} key has mode {stat.S_IMODE(paths[name].stat().st_mode):04o}" for name in open_to_others)
        return Found("wrong", "key files", f"others may read them: {what}", "chmod 600; think about who could have read it, and rotate")
    if "vault" not in paths and "vault" not in by_store and _has_vault(settings):
        return Found(
            "wrong", "key files", "the vault has begun and its key is not on this machine", "bring back the key file, or set LEDGER__VAULT__KEYS",
        )
    have = [*paths, *(f"{name} (from the secret store)" for name in by_store)]
    return Found("ok", "key files", f"of mode 0600: {', '.join(have)}" if have else "there are none, and none is needed yet")


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
            return Found("wrong", "disks of home and archive", f"{usage.free / 2**20:,.0f} MB are free for the {name}", "make space")
        if usage.free < FREE_SHARE_MIN * usage.total:
            tight.append(f"{usage.free / usage.total:.0%} is free for the {name}")
    if tight:
        return Found("warning", "disks of home and archive", "; ".join(tight), "make space, or plan for more: the log only grows")
    return Found("ok", "disks of home and archive", f"{(free_least or 0) / 2**30:,.1f} GB are free")


