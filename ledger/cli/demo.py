"""`ledger demo`: five hosters' customers live for eight years on a ledger of their own, and the answers are shown.

Leaves nothing running, however it ends; `--keep` leaves the ledger up to ask more. A second Ctrl-C while it tidies up is not heard.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.cli.demo_screen import Screen
    from ledger.demo.child import Server
    from ledger.demo.lives import Cast, Star
    from ledger.demo.story import Play
    from ledger.settings import Settings

SIZE, SEED = 200, 2018
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def register(app: typer.Typer) -> None:
    """Add the command to `ledger`."""
    app.command("demo", epilog="Example: ledger demo --size 1000 --keep")(demo)


def demo(
    size: Annotated[int, typer.Option(metavar="N", min=5, max=1_000_000, help="Customers of the five hosters together.")] = SIZE,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the ledger and its worker running, to ask more.")] = False,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Another seed gives other lives; the same one the same.")] = SEED,
) -> None:
    """Play the lives of customers of five hosters, 2018 to 2026, on a new simulated ledger, and show what it can answer."""
    from ledger.cli.demo_screen import Screen
    from ledger.demo.home import fresh_home

    screen = Screen()
    with _stopped_in_good_order():
        settings = fresh_home()
        screen.title("The privacy ledger", f"{size:,} customers of five hosters, June 2018 to February 2026, seed {seed}")
        _play(screen, settings.home, size, seed, keep=keep)


def _play(screen: Screen, home: Path, size: int, seed: int, *, keep: bool) -> None:
    from ledger.cli import demo_answers, demo_promises
    from ledger.demo.child import Server, Worker
    from ledger.demo.home import end_stack
    from ledger.demo.lives import START, cast
    from ledger.demo.story import Play
    from ledger.stack import up

    people, began = cast(size, seed), time.monotonic()
    with ExitStack() as running:
        if not keep:
            running.push(lambda kind, error, trace: end_stack(home, at_once=kind is not None))  # before it is up: `up` may be stopped half way
        screen.chapter("A ledger of its own")
        start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=START)
        with screen.working("starting Kafka, PostgreSQL and a worker"):
            stack = up(home, simulated=True, start=start, report=_fetching)
            worker = running.enter_context(Worker(home))
            play = running.enter_context(Play(stack.settings, stack.identity.partitions, worker, size=size, seed=seed))
            policies = play.set_up()
        partitions = stack.identity.partitions
        screen.say(f"Kafka and PostgreSQL are up; the log has {partitions} partitions. The ledger is simulated: ticks tell its time, not the clock.")
        demo_promises.show_promised(screen, policies)
        _live(screen, play, people)
        demo_answers.show(screen, play, people)
        screen.say(f"Played in {time.monotonic() - began:.0f} s.")
        server = running.enter_context(Server(home))
        _show_dashboard(screen, server, stack.settings)
        if keep:
            worker.keep()
            server.keep()
            _say_how_to_go_on(screen, home, (worker.pid, server.pid), people.asks)
        elif screen.is_watched:
            screen.say("Ctrl-C ends it.")
            server.wait()


def _live(screen: Screen, play: Play, people: Cast) -> None:
    from ledger.demo.story import month_ends
    from ledger.demo.telling import teller

    told = teller(people)
    screen.chapter("Their customers live")
    with screen.passing(len(month_ends())) as passing:
        passing.until(month_ends()[-1])
        for month in play.months():
            passing.month(month, [line for line in map(told, month.of_story) if line])


def _show_dashboard(screen: Screen, server: Server, settings: Settings) -> None:
    """The pages, with a link that signs in: once, and for a quarter of an hour."""
    from ledger.cli.token import sign_in_link
    from ledger.web.roles import EVERY_CONTROLLER, Principal, Role

    screen.chapter("The dashboard")
    with screen.working("starting the server"):
        address = server.address()
    officer = Principal(Role.DPO, "role:dpo", (EVERY_CONTROLLER,), "")
    screen.say("Sharing, deletion, persons, requests, promises: in a browser, in Dutch or English. This link signs you in, once:")
    screen.address(sign_in_link(settings, officer, address)[1])


def _say_how_to_go_on(screen: Screen, home: Path, children: tuple[int, int], star: Star) -> None:
    screen.chapter("It is still there")
    screen.say(f"export LEDGER__HOME={home}")
    screen.say("ledger holders")
    screen.say(f"ledger subject show {star.subject} --controller {star.controller}")
    screen.say("ledger obligations")
    screen.say(f"and at the end: kill {children[0]} {children[1]}; ledger down")


def _fetching(done: int, total: int) -> None:
    """Say when something has to come from the network."""
    if done in (1, total):
        print(f"ledger: fetching Kafka: {done} of {total}", file=sys.stderr)


@contextmanager
def _stopped_in_good_order() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into one exception, so that everything opened is closed; while that goes on, hear no other.

    Raises: typer.Exit(128 + signal), after the tidying up.
    """
    heard: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        for each in _STOPPING:
            signal.signal(each, signal.SIG_IGN)
        heard.append(number)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, stop) for each in _STOPPING}
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if heard:
        print("ledger: stopped, nothing is left running", file=sys.stderr)
        raise typer.Exit(128 + heard[0])
