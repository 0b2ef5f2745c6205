"""Traces of a command: on when LEDGER__TRACES__ENDPOINT is set; what is dropped is counted, and a collector that is away is told once."""

from __future__ import annotations

from typing import Final

from ledger import diagnostics, metrics
from ledger.settings import TracesSettings

WEB: Final = "ledger-web"
WORKER: Final = "ledger-worker"


class Watched:
    """sending.Watching, as metrics and lines."""

    def dropped(self, count: int) -> None:
        """Count them."""
        metrics.SPANS_DROPPED.inc(count)

    def away(self) -> None:
        """Say it."""
        diagnostics.logger("traces").warning("spans_not_taken", remedy="look whether the collector of LEDGER__TRACES__ENDPOINT runs")


def start(settings: TracesSettings, service: str) -> None:
    """Begin, if it is on. Nothing of OpenTelemetry is loaded otherwise.

    Raises:
        CallerError: it is on, and the extra `traces` is not installed.
    """
    if settings.endpoint:
        from ledger.tracing.sending import begin

        begin(settings.endpoint, service=service, ratio=settings.ratio, watching=Watched())


def require_installed(settings: TracesSettings) -> None:
    """Raises: CallerError, as start: before a process starts others that would say so each."""
    if settings.endpoint:
        import ledger.tracing.sending  # noqa: F401
