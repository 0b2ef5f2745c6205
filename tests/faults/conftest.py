"""Fixtures of the fault tests: a new ledger, workers on it that end with the test, and a life that is emitted on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.life import Life
from tests.ledgers import TestLedger
from tests.workers import Workers, workers_of


@pytest.fixture
def workers(fresh_ledger: TestLedger) -> Iterator[Workers]:
    """Starts workers of the test's ledger; none outlives the test."""
    with workers_of(fresh_ledger) as started:
        yield started


@pytest.fixture
def life(fresh_ledger: TestLedger, tmp_path: Path) -> Iterator[Life]:
    """Events for the test's ledger; what was acknowledged is in a file, flushed to disk."""
    with Life(fresh_ledger, tmp_path / "acknowledged") as emitting:
        yield emitting
