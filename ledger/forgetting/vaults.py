"""The vault of the ledger that the settings name: its rows in PostgreSQL, its secrets in files or from a secret store.

    with open_vault() as vault, Emitter(controller="hostinghuis", source="shop", vault=vault) as emitter: ...

Source: docs/vault.md sections 4 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ledger.errors import OperatorError, RefusedError
from ledger.key_files import read_key_file, write_key_file
from ledger.vault.keys import Epoch, Secret, epochs_in, new_suppression, suppression_in
from ledger.vault.sealing import UnsealError
from ledger.vault.shapes import EpochMovedError, Erased
from ledger.vault.vault import LOOK_UP, KeyLostError, Vault

if TYPE_CHECKING:
    from ledger.settings import Settings

_KEY, _SUPPRESSION_KEY = "key of the vault", "key of the suppression list"


class VaultKeys:
    """Where the secrets are. Reads them each time: another process may have ended an epoch."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def epochs(self) -> list[Epoch]:
        """The secrets of the epochs, the older first.

        Raises:
            OperatorError: there is none, others may read it, or it is damaged.
        """
        given, path = self._settings.vault.keys.get_secret_value(), self._settings.vault_key_file
        if given:
            return epochs_in(given)
        missing = OperatorError(f"cannot use the vault: there is no key at {path}", hint="ledger vault init, or bring back the key file")
        return epochs_in(read_key_file(path, _KEY, missing=missing))

    def suppression(self) -> Secret:
        """The secret of the suppression list. Raises: as `epochs`."""
        given, path = self._settings.vault.suppression_key.get_secret_value(), self._settings.suppression_key_file
        if given:
            return suppression_in(given)
        missing = OperatorError(f"cannot use the suppression list: there is no key at {path}", hint="ledger vault init, or bring back the key file")
        return suppression_in(read_key_file(path, _SUPPRESSION_KEY, missing=missing))

    def has_epochs(self) -> bool:
        """Whether there is a secret of an epoch, good or bad."""
        return bool(self._settings.vault.keys.get_secret_value()) or self._settings.vault_key_file.exists()

    def write_epochs(self, epochs: list[Epoch], *, is_new: bool = False) -> None:
        """Write the secrets that are to be; what was in the file before is overwritten.

        Raises:
            RefusedError: they come from the environment; or is_new, and there is a file.
            OperatorError: they cannot be written.
        """
        if self._settings.vault.keys.get_secret_value():
            raise RefusedError("cannot change the vault's keys: they come from LEDGER__VAULT__KEYS", hint="end epochs where the key file is")
        text = "".join(epoch.secret.line() for epoch in epochs)
        write_key_file(self._settings.vault_key_file, _KEY, text, is_new=is_new, hint="ledger vault status", wipes=not is_new)

    def make_suppression(self) -> bool:
        """Make the secret of the suppression list, once; False: there is one. Raises: OperatorError."""
        path = self._settings.suppression_key_file
        if self._settings.vault.suppression_key.get_secret_value() or path.exists():
            self.suppression()
            return False
        write_key_file(path, _SUPPRESSION_KEY, new_suppression().line(), is_new=True, hint="ledger vault status")
        return True


@contextmanager
def open_vault(settings: Settings | None = None) -> Iterator[Vault]:
    """The vault; its connection ends with the block. Nothing is asked of PostgreSQL before the first question.

    Raises:
        CallerError: no PostgreSQL is named.
    """
    from ledger.adapters.postgres_vault import PostgresVault
    from ledger.settings import load_settings

    known = load_settings() if settings is None else settings
    keys = VaultKeys(known)
    with PostgresVault(known.postgres_dsn()) as store:
        yield Vault(store, keys.epochs, keys.suppression)


def opening_of(vault: Vault) -> Callable[[Mapping[str, Any]], Mapping[str, str] | None]:
    """What opens who looked: fields of a DataConsulted -> what was sealed; None: the key of its day is destroyed."""

    def opened(fields: Mapping[str, Any]) -> Mapping[str, str] | None:
        try:
            found = vault.open(LOOK_UP, fields)
        except (KeyLostError, EpochMovedError, UnsealError):
            return {}  # sealed it stays: by another vault, or for another's keys
        return None if isinstance(found, Erased) else found or {}

    return opened
