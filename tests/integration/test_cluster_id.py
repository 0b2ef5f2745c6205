"""A cluster id is random text; one in sixty-four begins with a dash, which Kafka's own tool takes for an option."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from pathlib import Path

import pytest

import ledger.stack.kafka as kafka
from ledger.stack import up


def test_a_cluster_id_that_begins_with_a_dash_is_no_option(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(tempfile.mkdtemp(prefix="ledger-dash-"))
    monkeypatch.setattr(kafka.uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" + bytes(15)))
    try:
        with up(home, simulated=True) as running:
            assert running.identity.cluster_id.startswith("-")
    finally:
        shutil.rmtree(home, ignore_errors=True)
