"""Where things lie in an archive, and reading them: docs/evidence.md section 3 and C2SP tlog-tiles.

Reads whole files with a limit for each kind, so that no file of a stranger fills the memory. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ledger.verify.findings import BrokenError, MissingError
from ledger.verify.notes import NUMBER
from ledger.verify.tree import WIDTH

SMALL = 1 << 20
LARGE = 1 << 29


def numbered(n: int) -> str:
    """1234067 -> x001/x234/067"""
    text = f"{n % 1000:03d}"
    while n >= 1000:
        n //= 1000
        text = f"x{n % 1000:03d}/{text}"
    return text


class LogFiles:
    """The files of one log. `name` is what is said of a file in findings: its path within the log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, limit: int = SMALL) -> bytes:
        try:
            with (self.folder / name).open("rb") as file:
                data = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingError(f"{name} is not there") from error
        except OSError as error:
            raise BrokenError(f"{name} cannot be read: {error.strerror}") from error
        if len(data) > limit:
            raise BrokenError(f"{name} is larger than any such file can be")
        return data

    def needed(self, kind: str, n: int, width: int, suffix: str = "", limit: int = SMALL) -> tuple[str, int, bytes]:
        """The file with the first `width` of bundle or tile n: the partial one, else the full one. Its name, its width, its bytes."""
        full = f"{kind}/{numbered(n)}{suffix}"
        if width == WIDTH:
            return full, WIDTH, self.read(full, limit)
        partial = f"{kind}/{numbered(n)}.p/{width}{suffix}"
        try:
            return partial, width, self.read(partial, limit)
        except MissingError:
            try:
                return full, WIDTH, self.read(full, limit)
            except MissingError:
                raise MissingError(f"{partial} is not there, nor {full}") from None

    def older_partials(self, kind: str, n: int, width: int, suffix: str = "", limit: int = SMALL) -> Iterator[tuple[str, int, bytes]]:
        """What else is there of it, narrower than `width`: nothing needs them, and what is there must be right all the same."""
        folder = f"{kind}/{numbered(n)}.p"
        for each in self.listed(folder):
            stem = each.removesuffix(suffix)
            if each.endswith(suffix) and NUMBER.fullmatch(stem) and 0 < int(stem) < width:
                try:
                    yield f"{folder}/{each}", int(stem), self.read(f"{folder}/{each}", limit)
                except MissingError:  # whoever seals meanwhile takes parts away once the whole is there
                    continue

    def listed(self, name: str) -> list[str]:
        try:
            return sorted(each.name for each in (self.folder / name).iterdir() if not each.name.startswith("."))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise BrokenError(f"{name} cannot be listed: {error.strerror}") from error


def entries_of(name: str, data: bytes) -> list[bytes]:
    """The entries of a bundle, each after a uint16 length."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + length > len(data):
            raise BrokenError(f"{name} ends within an entry")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    return entries


def hashes_of(name: str, data: bytes, width: int) -> list[bytes]:
    if len(data) != 32 * width:
        raise BrokenError(f"{name} has {len(data)} bytes, not {32 * width}")
    return [data[at : at + 32] for at in range(0, len(data), 32)]
