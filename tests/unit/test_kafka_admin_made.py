"""A client of Kafka that cannot be made is a service that does not answer, not the end of the worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.adapters import kafka_admin
from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.errors import DependencyError
from ledger.settings import KafkaSettings, read_settings


def test_a_machine_without_room_for_a_client_says_so_and_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_room(_: Any) -> Any:
        raise RuntimeError("Unable to create thread: Resource temporarily unavailable")

    monkeypatch.setattr(kafka_admin, "AdminClient", no_room)
    settings = read_settings(home=tmp_path).model_copy(update={"kafka": KafkaSettings(bootstrap_servers="127.0.0.1:1")})

    with pytest.raises(DependencyError, match="cannot make a client of Kafka: Unable to create thread") as failed:
        KafkaAdmin(settings)

    assert "ulimit" in failed.value.hint
