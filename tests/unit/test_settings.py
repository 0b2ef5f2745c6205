"""Settings: what comes from where, and that no secret and no misspelling gets through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.errors import CallerError, OperatorError
from ledger.settings import load_settings, read_settings

DSN = "postgresql://u:hunter2@db.example/ledger"


def write_run_file(home: Path) -> None:
    run = {"kafka": {"bootstrap_servers": "127.0.0.1:9"}, "postgres": {"dsn": "postgresql://x@/y"}, "pids": {}}
    (home / "run.json").write_text(json.dumps(run), encoding="utf-8")


def test_with_neither_own_services_nor_a_running_stack_the_remedy_is_ledger_up(tmp_path: Path):
    with pytest.raises(CallerError, match="cannot find a ledger") as caught:
        load_settings(home=tmp_path)

    assert caught.value.hint == "ledger up"


def test_the_running_stack_is_found_through_its_run_file(tmp_path: Path):
    write_run_file(tmp_path)

    settings = load_settings(home=tmp_path)

    assert settings.kafka.bootstrap_servers == "127.0.0.1:9"
    assert settings.postgres_dsn() == "postgresql://x@/y"


def test_the_environment_names_own_services_and_the_running_stack_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_run_file(tmp_path)
    monkeypatch.setenv("LEDGER__HOME", str(tmp_path))
    monkeypatch.setenv("LEDGER__KAFKA__BOOTSTRAP_SERVERS", "kafka.example:9093")
    monkeypatch.setenv("LEDGER__POSTGRES__DSN", DSN)

    settings = load_settings()

    assert (settings.kafka.bootstrap_servers, settings.postgres_dsn()) == ("kafka.example:9093", DSN)


def test_an_own_kafka_is_never_mixed_with_the_embedded_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_run_file(tmp_path)
    monkeypatch.setenv("LEDGER__KAFKA__BOOTSTRAP_SERVERS", "kafka.example:9093")

    settings = load_settings(home=tmp_path)

    assert settings.kafka_client_config()["bootstrap.servers"] == "kafka.example:9093"
    with pytest.raises(CallerError, match="LEDGER__POSTGRES__DSN is not set"):
        settings.postgres_dsn()


def test_an_own_database_without_an_own_kafka_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_run_file(tmp_path)
    monkeypatch.setenv("LEDGER__POSTGRES__DSN", DSN)

    with pytest.raises(CallerError, match="LEDGER__KAFKA__BOOTSTRAP_SERVERS is not"):
        load_settings(home=tmp_path)


def test_printing_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEDGER__KAFKA__BOOTSTRAP_SERVERS", "kafka.example:9093")
    monkeypatch.setenv("LEDGER__KAFKA__SASL_PASSWORD", "correct-horse")
    monkeypatch.setenv("LEDGER__KAFKA__SSL_KEY_PASSWORD", "battery-staple")
    monkeypatch.setenv("LEDGER__POSTGRES__DSN", DSN)

    settings = load_settings()

    for text in (str(settings), repr(settings), settings.model_dump_json()):
        assert not any(secret in text for secret in ("correct-horse", "battery-staple", "hunter2"))


def test_tls_and_sasl_reach_the_kafka_client_in_its_own_words(monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "BOOTSTRAP_SERVERS": "kafka.example:9093",
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SSL_CA_LOCATION": "/etc/ca.pem",
        "SASL_MECHANISM": "SCRAM-SHA-512",
        "SASL_USERNAME": "ledger",
        "SASL_PASSWORD": "correct-horse",
    }.items():
        monkeypatch.setenv(f"LEDGER__KAFKA__{name}", value)

    assert load_settings().kafka_client_config() == {
        "bootstrap.servers": "kafka.example:9093",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": "/etc/ca.pem",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "ledger",
        "sasl.password": "correct-horse",
    }


@pytest.mark.parametrize("name", ["LEDGER__KAFKA__BOOTSTRAP_SERVER", "LEDGER__KAFAK__SASL_PASSWORD", "LEDGER__PORT"])
def test_a_misspelt_variable_is_refused_by_name(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, "correct-horse")

    with pytest.raises(CallerError, match=f"unknown setting {name}") as caught:
        read_settings()

    assert "correct-horse" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEDGER__PARTITIONS", "zero-secret"),
        ("LEDGER__PARTITIONS", "0"),
        ("LEDGER__KAFKA__SECURITY_PROTOCOL", "zero-secret"),
        ("LEDGER__KAFKA__SASL_MECHANISM", "zero-secret"),
    ],
)
def test_a_value_that_is_not_allowed_names_the_variable_and_never_the_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(name, value)

    with pytest.raises(CallerError, match=f"cannot read setting {name}") as caught:
        read_settings()

    assert "zero-secret" not in f"{caught.value} {caught.value.__cause__} {caught.value.hint}"


def test_more_insync_replicas_than_replicas_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEDGER__MIN_INSYNC_REPLICAS", "2")

    with pytest.raises(CallerError, match="expected at most the replication factor 1, got 2"):
        read_settings()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kafka": {}}'])
def test_a_damaged_run_file_is_named_and_ledger_up_mends_it(text: str, tmp_path: Path):
    (tmp_path / "run.json").write_text(text, encoding="utf-8")

    with pytest.raises(OperatorError, match=r"cannot read .*run\.json") as caught:
        load_settings(home=tmp_path)

    assert "ledger up" in str(caught.value.hint)
