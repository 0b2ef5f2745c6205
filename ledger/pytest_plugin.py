"""The pytest fixture `ledger_recorder`. Switch it on in a conftest.py: `pytest_plugins = ["ledger.pytest_plugin"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.testing import RecordingEmitter


@pytest.fixture
def ledger_recorder() -> Iterator[RecordingEmitter]:
    """An emitter of controller `test-controller`, source `test`, that records. A failure nobody asked about fails the test."""
    with RecordingEmitter(controller="test-controller", source="test") as recorder:
        yield recorder
