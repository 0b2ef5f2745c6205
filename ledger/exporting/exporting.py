"""One thing in one format, as a stream of bytes with its name, its media type and, when all is read, its manifest. No file, no clock.

What a web server or a command needs: `make(query, "recipients", Parameters("hostinghuis"), "csv")`. The stream is read once, in constant memory;
while it is, it holds the snapshot of its answer, and the query answers nothing else. Source: docs/exports.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ledger.answers.query import Query
from ledger.answers.shapes import Freshness
from ledger.errors import CallerError
from ledger.exporting import csv_form, ndjson_form, parquet_form
from ledger.exporting.asked import DAYS_MAX, Document, Found, Made, Parameters, Register
from ledger.exporting.columns import Column, Row
from ledger.exporting.documents import DOCUMENTS
from ledger.exporting.labels import labelled_columns, labelled_rows
from ledger.exporting.manifest import manifest
from ledger.exporting.registers import REGISTERS


class Form(NamedTuple):
    """A format of rows."""

    media_type: str
    chunks: Callable[[Sequence[Column], Iterable[Row]], Iterator[bytes]]


FORMS: Final[Mapping[str, Form]] = {
    "csv": Form(csv_form.MEDIA_TYPE, csv_form.csv_chunks),
    "ndjson": Form(ndjson_form.MEDIA_TYPE, ndjson_form.ndjson_chunks),
    "parquet": Form(parquet_form.MEDIA_TYPE, parquet_form.parquet_chunks),
}
_REGISTERS: Final = {each.name: each for each in REGISTERS}
_DOCUMENTS: Final = {(each.name, each.format): each for each in DOCUMENTS}


def formats() -> dict[str, tuple[str, ...]]:
    """What there is, by name, and in which formats."""
    found: dict[str, list[str]] = {name: list(FORMS) for name in _REGISTERS}
    for name, form in _DOCUMENTS:
        found.setdefault(name, []).append(form)
    return {name: tuple(each) for name, each in sorted(found.items())}


class Export:
    """A stream to be read once. name: of the file, without a subject; manifest: when all of it is read."""

    def __init__(self, query: Query, what: Register | Document, parameters: Parameters, form: str) -> None:
        self._query, self._what, self._parameters, self.format = query, what, parameters, form
        has_language = what.has_language if isinstance(what, Document) else parameters.labels
        extension = what.extension if isinstance(what, Document) else form
        whose = "all" if parameters.controller is None else re.sub(r"[^A-Za-z0-9_-]", "_", parameters.controller)[:100]
        self.name = f"{what.name}-{whose}{f'.{parameters.language}' if has_language else ''}.{extension}"
        self.media_type = what.media_type if isinstance(what, Document) else FORMS[form].media_type
        self.rows = 0
        self._read: Made | Found | None = None
        self._hash, self._bytes, self._is_whole = hashlib.sha256(), 0, False

    def chunks(self) -> Generator[bytes, None, None]:
        """The bytes, in order. What can go wrong with the question does so before the first of them.

        Raises:
            DependencyError: PostgreSQL does not answer. OperatorError: there is no ledger in it. CallerError: the question cannot be answered.
        """
        if self._read is not None:
            raise CallerError("cannot read an export twice: expected one reader, got another", hint="make it again")
        for chunk in self._chunks():
            self._hash.update(chunk)
            self._bytes += len(chunk)
            if chunk:
                yield chunk
        self._is_whole = True

    def _chunks(self) -> Iterator[bytes]:
        if isinstance(self._what, Document):
            self._read = made = self._what.made(self._query, self._parameters)
            yield from made.chunks
            return
        with self._what.found(self._query, self._parameters) as found:
            self._read = found
            yield from FORMS[self.format].chunks(self._columns, self._widened(self._counted(found.rows)))

    @property
    def _columns(self) -> tuple[Column, ...]:
        if isinstance(self._what, Document):
            return ()
        return labelled_columns(self._what.name, self._what.columns) if self._parameters.labels else self._what.columns

    def _widened(self, rows: Iterable[Row]) -> Iterable[Row]:
        if isinstance(self._what, Document) or not self._parameters.labels:
            return rows
        return labelled_rows(self._what.name, self._what.columns, rows, self._parameters.language)

    def _counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.rows += 1
            yield row

    @property
    def freshness(self) -> Freshness:
        """How fresh it is; known with the first chunk."""
        assert self._read is not None, "read the first chunk"  # noqa: S101
        return self._read.freshness

    @property
    def is_known(self) -> bool:
        """Of one person: whether anything is known."""
        return not isinstance(self._read, Made) or self._read.known

    def manifest(self) -> dict[str, Any]:
        """What docs/exports.md says of a manifest. Raises: CallerError, not all of it is read."""
        if not self._is_whole or self._read is None:
            raise CallerError("cannot make a manifest: expected a stream that was read to its end, got one that was not")
        counts = self._read.counts if isinstance(self._read, Made) else {"rows": self.rows}
        file = {"name": self.name, "media_type": self.media_type, "bytes": self._bytes, "sha256": self._hash.hexdigest(), "counts": counts}
        return manifest(self._what, self.format, self._parameters, self._read.freshness, self._columns, file)


def make(query: Query, name: str, parameters: Parameters, form: str) -> Export:
    """A register or document in a format. Nothing is asked of the query before the stream is read.

    Raises:
        CallerError: there is no such register, not in that format, or it needs a controller or a person and none is given.
    """
    known = formats()
    if name not in known:
        hint = "`ledger export list` says what each is"
        raise CallerError(f"cannot export: expected one of {', '.join(known)}, got another", hint=hint, field="name")
    if form not in known[name]:
        raise CallerError(
            f"cannot export {name}: expected a format of {', '.join(known[name])}, got another", hint=f"--format {known[name][0]}", field="format"
        )
    what: Register | Document = _REGISTERS[name] if form in FORMS and name in _REGISTERS else _DOCUMENTS[name, form]
    if parameters.labels and (form != "csv" or isinstance(what, Document)):
        hint = f"--format csv, or no labels: {name} as {form} has its codes, or names already"
        raise CallerError(f"cannot export {name} with labels: expected a register as csv, got {form}", hint=hint, field="labels")
    for need, option in (("controller", "--controller"), ("subject_ref", "--subject")):
        if need in what.needs and not getattr(parameters, need):
            raise CallerError(f"cannot export {name}: expected {option}, got none", hint=f"{name} is about one {option[2:]}", field=need)
    if "subject_ref" not in what.needs and parameters.subject_ref is not None:
        hint = "access and portable are about one person"
        raise CallerError(f"cannot export {name} of one person: expected no --subject, got one", hint=hint, field="subject_ref")
    if parameters.days is not None:
        if isinstance(what, Document) or "days" not in what.takes:
            raise CallerError(f"cannot export {name} for some days: expected no --days, got some", hint="--days is for due", field="days")
        if not 0 <= parameters.days <= DAYS_MAX:
            hint = "how many days ahead"
            raise CallerError(f"cannot export {name}: expected days from 0 to {DAYS_MAX}, got another number", hint=hint, field="days")
    return Export(query, what, parameters, form)
