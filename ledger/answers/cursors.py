"""Where a page of a list ends and the next one begins, as text that only these questions read. Pure.

A cursor holds the sort key of the last line of a page and of which question it is; never who a line is about: it stands in URLs. It is no secret and
proves nothing: what may be seen is decided anew for each page. Source: docs/answers.md section 11; docs/decisions/0030-pages-by-key.md.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar

from ledger.errors import CallerError

VERSION: Final = 1
FIELD: Final = "after"
LENGTH_MAX: Final = 1_024
ID_BYTES: Final = 16
NUMBER_MAX: Final = 2**62
TIME_MAX: Final = 2 * 10**17
"""Microseconds since 1970: some 6,300 years; what PostgreSQL has as a moment, before and after."""

Place = tuple[Any, ...]
"""The sort key of a line: whole numbers, names and ids (16 bytes). Lines of a list stand in ascending order of them; no two have the same."""
BEGINNING: Final[Place] = ()
Line = TypeVar("Line")


class CursorError(CallerError):
    """A cursor that is none, or one of another question."""

    def __init__(self) -> None:
        super().__init__(
            f"cannot go on from {FIELD}: expected the `next` of an answer to the same question, got another",
            hint="same question, controller, filters and moment as the page before; only the limit may be another", field=FIELD,
        )


def line_id(subject_id: bytes, *rest: bytes) -> bytes:
    """What stands for a line about a person where lines are told apart: a digest of whom and what, of one list alone. As in the queries."""
    return sha256(subject_id + b"".join(rest)).digest()[:ID_BYTES]


def page(found: Sequence[tuple[Place, Line]], limit: int) -> tuple[tuple[Line, ...], Place | None]:
    """The lines of a page, and after which place the list goes on; None: it is at its end. found: up to one more than the limit, in order."""
    return tuple(line for _, line in found[:limit]), found[limit - 1][0] if len(found) > limit > 0 else None


def require_limit(limit: int, after: str | None) -> None:
    """Of what lists nothing unless it is asked to. Raises: CallerError."""
    if after is not None and not limit:
        raise CallerError(f"cannot go on: expected a limit beside {FIELD}, got none", hint="how many lines the page is to have")


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one question. shapes: of each of its lists what its places are made of: t a time, n a number, s a name, i an id."""

    scope: str
    shapes: tuple[str, ...]

    @classmethod
    def of(cls, question: str, shapes: tuple[str, ...], asked: Iterable[object]) -> Cursors:
        """asked: all that decides which lines there are: filters, moment."""
        return cls(sha256(json.dumps([question, *asked], default=list).encode()).hexdigest()[:16], shapes)

    def write(self, *places: Place | None) -> str | None:
        """The cursor after these places, one for each list, None of a list that is at its end; None when all of them are."""
        if all(place is None for place in places):
            return None
        told = [None if place is None else [each.hex() if isinstance(each, bytes) else each for each in place] for place in places]
        return urlsafe_b64encode(json.dumps([VERSION, self.scope, *told], separators=(",", ":")).encode()).rstrip(b"=").decode()

    def read(self, text: str | None) -> tuple[Place | None, ...]:
        """After which place each list goes on; None: it is at its end. Without a cursor all start at the beginning. Raises: CursorError."""
        if text is None:
            return (BEGINNING,) * len(self.shapes)
        try:
            if len(text) > LENGTH_MAX:
                raise ValueError
            version, scope, *told = json.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
            if (version, scope) != (VERSION, self.scope):
                raise ValueError
            return tuple(None if each is None else _read_place(each, shape) for each, shape in zip(told, self.shapes, strict=True))
        except (ValueError, TypeError, RecursionError):
            raise CursorError from None


def _read_place(told: Any, shape: str) -> Place:
    if not isinstance(told, list):
        raise ValueError
    if not told:
        return BEGINNING
    return tuple(_READ[kind](each) for each, kind in zip(told, shape, strict=True))


def _number(limit: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or abs(value) > limit:
            raise ValueError
        return value

    return read


def _name(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    value.encode()  # half a surrogate pair is no text
    return value


def _id(value: Any) -> bytes:
    found = bytes.fromhex(value)
    if len(found) != ID_BYTES:
        raise ValueError
    return found


_READ: Final[dict[str, Callable[[Any], Any]]] = {"t": _number(TIME_MAX), "n": _number(NUMBER_MAX), "s": _name, "i": _id}
