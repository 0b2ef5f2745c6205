"""One Apache Kafka 4 broker in KRaft mode, its own controller, on loopback ports.

Must never listen on another interface, and never signal a process that is not this home's broker. Its data folder is
formatted once; ports may change from start to start (the voter is static, so the controller's port is configuration, not
data). Killed at any moment, the next `start` goes on from what is there.
"""

from __future__ import annotations

import os
import signal
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from ledger.errors import DependencyError
from ledger.stack.disk import explain_full_disk, full_disk_error, require_free_space
from ledger.stack.files import keep_small, last_lines, write_atomically
from ledger.stack.ports import LOOPBACK, free_ports, is_free, is_open
from ledger.stack.processes import ProcessRecord, end, find_by_mark, freeze, is_ours, is_running, start_detached, wait_until

START_SECONDS_MAX = 60.0  # a cold start takes 3 s on two cores; log recovery after a kill takes longer
STOP_SECONDS_MAX = 30.0
# A killed JVM counts as ended while its last threads still hold its sockets. Clients know the old port: wait for it.
PORT_SECONDS_MAX = 2.0
START_ATTEMPTS = 3  # each with new ports

# Small heap, quick start: a broker for one machine. Java's compiler stops at level 1, which starts in half the time.
JVM_OPTIONS = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
)


class EmbeddedKafka:
    """The broker of one home. Making the object starts nothing."""

    def __init__(self, home: Path, *, java: Callable[[], Path], jars: Callable[[], tuple[Path, ...]]) -> None:
        self.folder = home / "kafka"
        self.log = home / "logs" / "kafka.log"
        self._output = home / "logs" / "kafka.out"
        self._record_path = self.folder / "process.json"
        self._mark = f"-Dledger.kafka={self.folder}"
        self._java = java
        self._jars = jars

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect; the port last used, also when the broker is down."""
        return f"{LOOPBACK}:{self._saved_ports()[0]}"

    @property
    def pid(self) -> int | None:
        """The broker's process, or None when it is not running."""
        record = ProcessRecord.read(self._record_path)
        return record.pid if record is not None and is_ours(record, self._mark) else None

    @property
    def is_stale(self) -> bool:
        """There is a note of a process, but that process is gone or is not ours."""
        return self._record_path.exists() and self.pid is None

    def start(self) -> bool:
        """Start the broker and wait until it listens; return False when it was running already.

        Raises:
            DependencyError: it did not start; the message quotes its log.
            OperatorError: the disk is full.
        """
        if self._adopt():
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        require_free_space(self.folder)
        keep_small(self._output)
        ports = self._saved_ports()
        for attempt in range(START_ATTEMPTS):
            if attempt or not all(port and _becomes_free(port) for port in ports):
                ports = free_ports(2)
            self._write_configuration(ports)
            self._format()
            record = self._launch("kafka.Kafka", str(self._properties))
            record.write(self._record_path)  # killed before this line: the next start finds the broker by its mark
            if self._wait_until_open(record, ports[0]):
                return True
            if is_running(record.pid):
                end(record.pid, signals=[(signal.SIGKILL, 5.0)])
                raise self._failure(f"it did not listen within {START_SECONDS_MAX:.0f} s")
            if not self._log_says("Address already in use"):
                break
        raise self._failure("it ended at once")

    def stop(self) -> None:
        """End the broker in good order; killed when it takes too long. Harmless when it is down."""
        if self._adopt(wait=False) and (pid := self.pid) is not None:
            os.kill(pid, signal.SIGCONT)  # a paused process does not hear SIGTERM
            end(pid, signals=[(signal.SIGTERM, STOP_SECONDS_MAX), (signal.SIGKILL, 5.0)])
        self._record_path.unlink(missing_ok=True)

    def kill(self) -> None:
        """End the broker with SIGKILL, as a crash would. What it remembers stays as it is."""
        if (pid := self.pid) is not None:
            end(pid, signals=[(signal.SIGKILL, 10.0)])

    def pause(self) -> None:
        """Freeze the broker (SIGSTOP): its connections stay open and nothing answers."""
        if (pid := self.pid) is not None:
            freeze(pid)

    def resume(self) -> None:
        """Let a frozen broker go on (SIGCONT)."""
        if (pid := self.pid) is not None:
            os.kill(pid, signal.SIGCONT)

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _adopt(self, *, wait: bool = True) -> bool:
        """Whether a broker of this home runs, also one that a killed `ledger up` left without a note."""
        if self.pid is None:
            found = find_by_mark(self._mark)
            if not found:
                return False
            found[0].write(self._record_path)
        record = ProcessRecord.read(self._record_path)
        return not wait or (record is not None and self._wait_until_open(record, self._saved_ports()[0]))

    def _wait_until_open(self, record: ProcessRecord, port: int) -> bool:
        wait_until(lambda: is_open(port) or not is_running(record.pid), seconds=START_SECONDS_MAX)
        return is_running(record.pid) and is_open(port)

    def _saved_ports(self) -> list[int]:
        """Ports of clients and controller as last configured; zeros before the first start."""
        ports = {"PLAINTEXT": 0, "CONTROLLER": 0}
        if self._properties.exists():
            for line in self._properties.read_text(encoding="utf-8").splitlines():
                if line.startswith("listeners="):
                    for listener in line.removeprefix("listeners=").split(","):
                        name, _, address = listener.partition("://")
                        ports[name] = int(address.rpartition(":")[2])
        return list(ports.values())

    def _write_configuration(self, ports: list[int]) -> None:
        template = files("ledger.stack").joinpath("server.properties").read_text(encoding="utf-8")
        text = template.format(port=ports[0], controller_port=ports[1], data=_escaped(self.folder / "data"))
        write_atomically(self._properties, text)
        template = files("ledger.stack").joinpath("log4j2.properties").read_text(encoding="utf-8")
        write_atomically(self.folder / "log4j2.properties", template.replace("{log}", _escaped(self.log)))
        (self.folder / "tmp").mkdir(exist_ok=True)

    def _format(self) -> None:
        """Write the cluster id, once. `meta.properties` is the last file of a format, so a killed one is simply done again."""
        if (self.folder / "data" / "meta.properties").exists():
            return
        for left_over in find_by_mark(f"{self._mark}.format"):  # a format outlives the `ledger up` that started it
            end(left_over.pid, signals=[(signal.SIGKILL, 5.0)])
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One word: one id in sixty-four begins with `-`, and would be taken for an option.
        arguments = ("format", f"--cluster-id={cluster_id}", "--config", str(self._properties), "--ignore-formatted")
        record = self._launch("kafka.tools.StorageTool", *arguments)
        ended = wait_until(lambda: not is_running(record.pid), seconds=START_SECONDS_MAX)
        if not ended or not (self.folder / "data" / "meta.properties").exists():
            raise self._failure("its data folder could not be formatted")

    def _launch(self, main_class: str, *arguments: str) -> ProcessRecord:
        mark = self._mark if main_class == "kafka.Kafka" else f"{self._mark}.format"
        command = [
            str(self._java()),
            *JVM_OPTIONS,
            mark,
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}",
            "-cp",
            os.pathsep.join(str(jar) for jar in self._jars()),
            main_class,
            *arguments,
        ]
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"}
        with explain_full_disk(self.folder):
            return start_detached(command, log=self._output, folder=self.folder, environment=environment)

    def _log_says(self, text: str) -> bool:
        return any(text in line for path in (self.log, self._output) for line in last_lines(path, count=60))

    def _failure(self, what: str) -> Exception:
        if self._log_says("No space left on device"):
            return full_disk_error(self.folder)
        said = [line for line in last_lines(self.log, count=200) if " ERROR " in line or " FATAL " in line]
        said = said[-1:] or last_lines(self._output, count=1)
        return DependencyError(
            f"cannot start Kafka: {what}" + (f" ({said[0][:200]})" if said else ""),
            hint=f"read {self.log} and {self._output}",
        )


def _escaped(path: Path) -> str:
    """A path as a value in a Java properties file: read as Latin-1, with backslash escapes."""
    units = str(path).replace("\\", "\\\\").encode("utf-16-be")
    codes = [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)


def _becomes_free(port: int) -> bool:
    return wait_until(lambda: is_free(port), seconds=PORT_SECONDS_MAX)
