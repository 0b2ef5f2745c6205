"""`ledger tick` and `ledger wait`: say which time it is on a simulated ledger, and wait until everything is answered.

Steps of a tick: 1 published, acknowledged by Kafka  2 waited until it is answered. Dying or giving up between them leaves a time that has come
and that the workers answer without us; the same command again finds it there and goes on with step 2. Dying within step 1 leaves a time that is
on the log or is not: the same command again looks. Two at once may both publish it: a time that has come twice makes nothing due twice.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import RefusedError
from ledger.moments import read_ledger_time

if TYPE_CHECKING:
    from ledger.settings import Settings
    from ledger.topics import Mode
    from ledger.waiting import Answered

TIMEOUT = Annotated[float, typer.Option(metavar="SECONDS", help="Give up after this long.", min=0.0)]
AS_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `ledger`."""
    app.command("tick", epilog="Example: ledger tick 2026-01-01T00:00:00+01:00")(tick)
    app.command("wait", epilog="Example: ledger wait --timeout 30")(wait)


def tick(
    time: Annotated[str, typer.Argument(metavar="TIME", help="RFC 3339 with offset, not before the last tick; 1990 up to 2200.")],
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return once it is on the log; do not wait until it is answered.")] = False,
    timeout: TIMEOUT = 60.0,
    as_json: AS_JSON = False,
) -> None:
    """Let a time come on a simulated ledger: all that is due by then comes due. Refused (4) on a real ledger.

    Safe to repeat: when it is that time already, only the waiting is done (again).
    """
    from ledger.contract.json_form import datetime_to_instant, instant_to_text
    from ledger.register import publish_time, read_time
    from ledger.settings import load_settings

    wanted = read_ledger_time("TIME", time)
    at = datetime_to_instant(wanted)
    settings = load_settings()
    mode, partitions = _mode(settings)
    if mode == "real":
        raise RefusedError("cannot tick a real ledger: its time follows the clocks", hint="use a simulated ledger: `ledger up --simulated`")
    last, text = read_time(settings), instant_to_text(at)
    if last is not None and at < last:
        raise RefusedError(
            f"cannot tick: expected a time not before the last tick {instant_to_text(last)}, got {text}", hint="time never goes backwards"
        )
    offset = publish_time(settings, wanted, mode) if last != at else None
    answered = None if no_wait else _wait(settings, partitions, timeout)
    if as_json:
        print(json.dumps({"time": text, "register_offset": offset, "mode": mode, "answered": answered.as_json() if answered else None}))
    else:
        print(f"it is {text} (simulated), " + ("as it was already" if offset is None else f"register offset {offset}"))


def wait(timeout: TIMEOUT = 60.0, as_json: AS_JSON = False) -> None:
    """Wait until all that is on the log at this moment is folded and its outcomes are sent. Ends with 3 when the time is over."""
    from ledger.cli.freshness import freshness_fields, freshness_line, read_freshness
    from ledger.settings import load_settings

    settings = load_settings()
    _, partitions = _mode(settings)
    answered = _wait(settings, partitions, timeout)
    freshness = read_freshness(settings)
    if as_json:
        print(json.dumps(answered.as_json() | {"freshness": freshness_fields(freshness)}))
    else:
        places = ", ".join(f"facts-{partition} {offset}" for partition, offset in sorted(answered.facts.items()))
        print(f"answered up to: register {answered.register}, {places}")
        print(freshness_line(freshness))


def _wait(settings: Settings, partitions: int, timeout: float) -> Answered:
    from ledger.adapters.kafka_admin import KafkaAdmin
    from ledger.adapters.postgres_positions import PostgresPositions
    from ledger.waiting import wait_until_answered

    positions = PostgresPositions(settings.postgres_dsn())
    try:
        return wait_until_answered(
            KafkaAdmin(settings),
            positions,
            partitions=partitions,
            seconds=timeout,
            tell=lambda what: print(f"ledger: waiting for {what}", file=sys.stderr),
        )
    finally:
        positions.close()


def _mode(settings: Settings) -> tuple[Mode, int]:
    """What the ledger is, as the topics tell: its mode and the partitions of `facts`."""
    from ledger.adapters.kafka_admin import KafkaAdmin
    from ledger.errors import OperatorError
    from ledger.topics import FACTS, MARKER_TOPICS

    found = KafkaAdmin(settings).topics()
    modes = [mode for mode, marker in MARKER_TOPICS.items() if marker in found]
    if len(modes) != 1 or FACTS not in found:
        raise OperatorError("cannot tell what this ledger is: its topics are not there", hint="ledger up")
    return modes[0], found[FACTS].partitions
