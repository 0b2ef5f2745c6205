"""What the commands that answer share: their options, the questions on the ledger that the settings name, and the form of JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ledger.answers.asking import AsOf, Ends
    from ledger.answers.query import Query
    from ledger.answers.wide_query import WideQuery

Controller = Annotated[str | None, typer.Option("--controller", "-c", metavar="NAME", help="Only of this controller. [default: all]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document; its fields are in docs/answers.md.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="At most this many lines.")]
After = Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="The next page: what the page before named, asked the same way.")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="What was so at the end of that day (or at an RFC 3339 time). [now]")]
KnownAt = Annotated[
    list[str] | None,
    typer.Option(
        "--known-at", metavar="POSITION", help="As known by a day, or when PARTITION:OFFSET of `facts` was folded (once for each partition). [now]"
    ),
]
WithoutFacts = Annotated[
    bool, typer.Option("--without-facts", help="Do not name the facts that lines rest on: read from tallies, at once, however much is held.")
]


@contextmanager
def asking(on: str | None = None, known_at: list[str] | None = None, *, person: tuple[str, str] | None = None) -> Iterator[Query]:
    """The questions, on the ledger that the settings name: as it is, or as it was (docs/answers.md section 2).

    person: (controller, subject_ref), when the question is about one person alone. Raises: CallerError, a moment or place cannot be read.
    """
    from ledger.adapters.postgres_reader import PostgresReader
    from ledger.answers.query import Query

    with _projections(on, known_at, person) as (dsn, schema, ends, as_of), closing(PostgresReader(dsn, schema)) as reader:
        yield Query(reader, ends, as_of)


@contextmanager
def asking_widely(on: str | None = None, known_at: list[str] | None = None) -> Iterator[WideQuery]:
    """The questions that go over everybody's history, as `asking`."""
    from ledger.adapters.postgres_histories import PostgresHistories
    from ledger.answers.wide_query import WideQuery

    with _projections(on, known_at) as (dsn, schema, ends, as_of), closing(PostgresHistories(dsn, schema)) as reader:
        yield WideQuery(reader, ends, as_of)


@contextmanager
def _projections(
    on: str | None, known_at: list[str] | None, person: tuple[str, str] | None = None
) -> Iterator[tuple[str, str, Ends, AsOf]]:
    """(database, schema to ask, the broker's ends, what to say of the moment)."""
    from ledger.adapters.kafka_admin import KafkaAdmin
    from ledger.adapters.postgres_migrations import PROJECTION_SCHEMA
    from ledger.answers.asking import AsOf
    from ledger.cli.freshness import KAFKA_SECONDS_MAX
    from ledger.settings import load_settings
    from ledger.topics import FACTS

    settings = load_settings()
    dsn = settings.postgres_dsn()

    def ends(partitions: int) -> Sequence[int]:
        return KafkaAdmin(settings).end_offsets(FACTS, partitions, seconds=KAFKA_SECONDS_MAX)

    if on is None and not known_at:
        yield dsn, PROJECTION_SCHEMA, ends, AsOf()
        return
    from ledger.cli.rebuild import shown_stages
    from ledger.moments import read_moment, read_until
    from ledger.replaying.as_of_then import Then, projections_of

    then = Then(read_moment(on), read_until(known_at or []))
    with ExitStack() as opened:
        with shown_stages() as report:  # ends before the answer is printed
            schema, as_of = opened.enter_context(projections_of(settings, then, workers=os.cpu_count() or 1, person=person, report=report))
        yield dsn, schema, ends, as_of


def print_json(answer: Any) -> None:
    """One JSON document on standard output."""
    from ledger.answers.shapes import as_json

    print(json.dumps(as_json(answer), indent=2, ensure_ascii=False))
