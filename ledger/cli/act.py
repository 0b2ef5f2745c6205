"""`ledger act -- COMMAND`: run a command once for each obligation of a holder, and emit the fact that answers it.

What the command gets: the obligation as one JSON object on its standard input, its ids in the environment. Nothing of it stands on a command
line, where every user of the machine could read it. Exit code 0 means done; any other, try again, and park it in the end. What it writes to
$LEDGER_ANSWER, one JSON object, goes into the fact. Contract: docs/acting.md.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.errors import CallerError, DataError

if TYPE_CHECKING:
    from ledger.sdk.acting import Step
    from ledger.sdk.duty import Answer, Duty
    from ledger.sdk.obligations import Obligations
    from ledger.sdk.receipts import Receipt

COMMAND_SECONDS_MAX = 300.0
ANSWER_BYTES_MAX = 1 << 20
#: Environment variable of the command -> part of the obligation; absent when the obligation has none.
IN_ENVIRONMENT = {
    "LEDGER_OBLIGATION_ID": "obligation_id",
    "LEDGER_KIND": "kind",
    "LEDGER_CONTROLLER": "controller",
    "LEDGER_SUBJECT_REF": "subject_ref",
    "LEDGER_HOLDER": "holder",
    "LEDGER_STORE": "store",
    "LEDGER_PURPOSE": "purpose",
    "LEDGER_REF": "ref",
    "LEDGER_ATTEMPT": "attempt",
}


class CommandFailedError(DataError):
    """The command ended with another code than 0."""


class CommandTimeoutError(DataError):
    """The command took too long and was killed."""


class UnreadableAnswerError(DataError):
    """What the command wrote to $LEDGER_ANSWER is no JSON object."""


def register(app: typer.Typer) -> None:
    """Add the command to `ledger`."""
    app.command("act", epilog="Example: ledger act --controller hostinghuis --source crm --store crm --kind ERASE -- ./erase.sh")(act)


def act(
    command: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="What to run for each obligation, with its arguments.")] = None,
    source: Annotated[str, typer.Option(metavar="NAME", help="The service that acts, as in its other events.")] = "act",
    controller: Annotated[str | None, typer.Option(metavar="NAME", help="Only obligations of this controller. [default: all]")] = None,
    holder: Annotated[str | None, typer.Option(metavar="NAME", help="Whose obligations. [default: the controller's own]")] = None,
    store: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only of this store; may be repeated. [default: all]")] = None,
    kind: Annotated[list[str] | None, typer.Option(metavar="KIND", help="ERASE, RECTIFY, ...; may be repeated. [default: all]")] = None,
    group: Annotated[str | None, typer.Option(metavar="NAME", help="The consumer group. [default: made of source and selection]")] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when nothing is open but what is parked; end with 1 when something is.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be run now; run and change nothing.")] = False,
    parked: Annotated[bool, typer.Option("--parked", help="List what is put aside, and why.")] = False,
    retry: Annotated[str | None, typer.Option(metavar="ID", help="Run the command for this obligation now, parked or open, and end.")] = None,
    attempts: Annotated[int, typer.Option(metavar="N", min=1, help="How often an obligation is tried before it is parked.")] = 10,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="Kill a command that takes longer.")] = COMMAND_SECONDS_MAX,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Run a command for each obligation of a holder: its JSON on standard input, its ids in the environment ($LEDGER_OBLIGATION_ID, ...).

    Exit code 0: it is done, and the fact that answers it is emitted. Any other: it is tried again later, and put aside in the end, so the
    command must be idempotent. What it writes to $LEDGER_ANSWER ({"certificate_ref": "c-1"}) goes into the fact.
    """
    if sum((dry_run, parked, retry is not None)) > 1:
        raise CallerError("cannot act: expected one of --dry-run, --parked and --retry, got several", hint="give one of them")
    from ledger import failpoints
    from ledger.sdk.obligations import Obligations
    from ledger.settings import load_settings

    settings = load_settings()
    failpoints.arm(settings.failpoint)
    tell = _print_step if as_json else _say_step
    with Obligations(
        source=source, controller=controller, holder=holder, stores=store or None, kinds=kind or None, group=group, attempts=attempts,
        handling_seconds_max=timeout + 60, on_step=tell, bootstrap_servers=None,
    ) as duties:  # fmt: skip
        if dry_run or parked:
            _list(duties, parked=parked, as_json=as_json)
            return
        handler = _runner(_checked(command), timeout)
        if retry is not None:
            _tell_receipt(retry, duties.retry(retry, handler), as_json=as_json)
            return
        _stop_on_signal(duties)
        duties.run(handler, once=once)
        left = duties.counts()["parked"]
    if once and left:
        _say(f"{left} parked: `ledger act --parked` lists them, --retry ID tries one again")
        raise typer.Exit(1)


def _runner(command: list[str], timeout: float) -> Callable[[Duty], Answer]:
    """The handler that runs the command."""
    from ledger.sdk.duty_errors import MissingAnswerError
    from ledger.settings import command_environment

    def run(duty: Duty) -> Answer:
        shown = duty.as_json()
        ids = {name: str(shown[part]) for name, part in IN_ENVIRONMENT.items() if shown[part] is not None}
        with tempfile.TemporaryDirectory(prefix="ledger-act-") as folder:
            answer = Path(folder) / "answer"
            environment = command_environment(ids | {"LEDGER_ANSWER": str(answer)})
            try:
                # Its output is talk: standard output is ours, for the answers.
                done = subprocess.run(  # noqa: S603  the operator's own command, without a shell
                    command, input=json.dumps(shown).encode() + b"\n", stdout=sys.stderr, env=environment, timeout=timeout, check=False
                )
            except subprocess.TimeoutExpired:
                raise CommandTimeoutError(f"cannot act: the command took longer than {timeout:g} s") from None
            except BrokenPipeError:  # it did not want to read its input
                raise CommandFailedError("cannot act: the command ended before it had read its input") from None
            if done.returncode != 0:
                _say(f"obligation {duty.obligation_id}: the command ended with {done.returncode}")
                raise CommandFailedError(f"cannot act: expected the command to end with 0, got {done.returncode}")
            details = _read_answer(answer)
        try:
            return duty.done(**details)
        except MissingAnswerError as error:
            _say(f"obligation {duty.obligation_id}: {error}; write it to $LEDGER_ANSWER")
            raise

    return run


def _read_answer(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes()[:ANSWER_BYTES_MAX]
        found = json.loads(text) if text.strip() else {}
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnreadableAnswerError("cannot read $LEDGER_ANSWER: expected one JSON object", hint='such as {"certificate_ref": "c-1"}')
    return found


def _checked(command: list[str] | None) -> list[str]:
    if not command:
        raise CallerError("cannot act: expected a command behind --, got none", hint="ledger act --controller NAME -- ./erase.sh")
    if shutil.which(command[0]) is None:
        raise CallerError("cannot act: the command is not there, or may not be run", hint="give its path, and make it executable")
    return command


def _stop_on_signal(duties: Obligations) -> None:
    """SIGTERM lets the command under way end first; Ctrl-C reaches the command too."""

    def stop(number: int, frame: FrameType | None) -> None:
        duties.stop()

    signal.signal(signal.SIGTERM, stop)


def _list(duties: Obligations, *, parked: bool, as_json: bool) -> None:
    found: list[tuple[Duty, str | None]] = [*duties.parked()] if parked else [(duty, None) for duty in duties.open()]
    if as_json:
        for duty, error in found:
            print(json.dumps(duty.as_json() | ({"error": error} if parked else {})))
        print(json.dumps({"group": duties.group, "freshness": {"obligations": {str(key): end for key, end in sorted(duties.read_up_to.items())}}}))
        return
    from ledger.cli.act_tables import show_duties

    show_duties(found, parked=parked, group=duties.group, read_up_to=duties.read_up_to)


def _step_fields(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"obligation_id": step.duty.obligation_id, "kind": step.duty.kind, "state": step.state, "attempt": step.duty.attempt}
    if step.receipt is not None:
        told["receipt"] = _receipt_fields(step.receipt)
    if step.error is not None:
        told["error"] = step.error
    if step.retry_in_seconds is not None:
        told["retry_in_seconds"] = step.retry_in_seconds
    return told


def _receipt_fields(receipt: Receipt) -> dict[str, Any]:
    return {**receipt._asdict(), "recorded_at": receipt.recorded_at.isoformat()}


def _print_step(step: Step) -> None:
    print(json.dumps(_step_fields(step)), flush=True)


def _say_step(step: Step) -> None:
    what = f"{step.duty.kind} {step.duty.obligation_id}"
    if step.receipt is not None:
        print(f"answered {what} ({step.receipt.topic}/{step.receipt.partition}@{step.receipt.offset})", flush=True)
    elif step.state == "parked":
        print(f"parked   {what} after {step.duty.attempt} attempts: {step.error}", flush=True)
    else:
        print(f"failed   {what}: {step.error}, again in {step.retry_in_seconds:g} s", flush=True)


def _tell_receipt(obligation_id: str, receipt: Receipt, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"obligation_id": obligation_id, "state": "answered", "receipt": _receipt_fields(receipt)}))
    else:
        print(f"answered {obligation_id} ({receipt.topic}/{receipt.partition}@{receipt.offset})")


def _say(text: str) -> None:
    typer.echo(f"ledger: {text}", err=True)
