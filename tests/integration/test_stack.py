"""What `ledger up` makes, what it refuses, what `status` and `reset` say; on the real Kafka and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    ResourceType,
)

from ledger.adapters.kafka_admin import KafkaAdmin
from ledger.cli.main import run
from ledger.errors import OperatorError, RefusedError
from ledger.settings import Settings
from ledger.stack.lifecycle import Running, up
from tests.ledgers import TestLedger

TOPICS = {"facts": 4, "register": 1, "obligations": 4, "violations": 4, "dead-letters": 1}


@pytest.fixture
def point_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[TestLedger], Settings]:
    """Let the environment name a ledger's services as the user's own, seen from another, empty home."""

    def point(ledger: TestLedger) -> Settings:
        home = tmp_path / "elsewhere"
        monkeypatch.setenv("LEDGER__HOME", str(home))
        monkeypatch.setenv("LEDGER__KAFKA__BOOTSTRAP_SERVERS", ledger.settings.kafka.bootstrap_servers)
        monkeypatch.setenv("LEDGER__POSTGRES__DSN", ledger.dsn)
        return ledger.settings.model_copy(update={"home": home})

    return point


@pytest.fixture
def own_services(fresh_ledger: TestLedger, point_at: Callable[[TestLedger], Settings]) -> Settings:
    """A simulated ledger with 4 partitions on services that are the user's own."""
    return point_at(fresh_ledger)


def admin_client(settings: Settings) -> AdminClient:
    return AdminClient(settings.kafka_client_config())


def empty_database(settings: Settings) -> None:
    """As if the database had been made anew."""
    with psycopg.connect(settings.postgres_dsn()) as connection:
        connection.execute("DROP SCHEMA ledger CASCADE")
        connection.execute("DROP SCHEMA projection CASCADE")


def test_a_new_ledger_has_exactly_its_topics_and_they_keep_everything(fresh_ledger: TestLedger):
    admin = KafkaAdmin(fresh_ledger.settings)

    found = admin.topics()

    assert {name: topic.partitions for name, topic in found.items()} == TOPICS | {"ledger.simulated": 1}
    for name, settings in admin.topic_settings(found).items():
        assert settings["cleanup.policy"] == "delete"
        assert (settings["retention.ms"], settings["retention.bytes"]) == ("-1", "-1")
        assert settings["message.timestamp.type"] == "LogAppendTime"
        assert settings["max.message.bytes"] == ("1114112" if name == "facts" else "1048576")
        assert settings["min.insync.replicas"] == "1"


def test_a_new_ledger_knows_its_first_time_and_nothing_else(fresh_ledger: TestLedger):
    admin = KafkaAdmin(fresh_ledger.settings)

    assert admin.end_offsets("register", 1) == [1]
    assert admin.end_offsets("facts", 4) == [0, 0, 0, 0]
    assert admin.end_offsets("ledger.simulated", 1) == [0]


def test_what_a_ledger_is_stands_in_the_home_and_in_the_database(fresh_ledger: TestLedger):
    recorded = json.loads((fresh_ledger.home / "ledger.json").read_text(encoding="utf-8"))
    with psycopg.connect(fresh_ledger.dsn) as connection:
        row = connection.execute("SELECT mode, partitions, cluster_id, topic_ids FROM ledger.identity").fetchone()

    topic_ids = {name: topic.topic_id for name, topic in KafkaAdmin(fresh_ledger.settings).topics().items()}
    assert row == ("simulated", 4, KafkaAdmin(fresh_ledger.settings).cluster_id(), topic_ids)
    assert row == tuple(recorded[name] for name in ("mode", "partitions", "cluster_id", "topic_ids"))


def test_nobody_makes_a_topic_by_writing_to_it(fresh_ledger: TestLedger):
    config = fresh_ledger.settings.kafka_client_config() | {"topic.metadata.propagation.max.ms": 300}
    producer, errors = Producer(config), []
    producer.produce("fact", b"misspelt", on_delivery=lambda error, _: errors.append(error.code()))

    producer.flush(10)

    assert errors == [KafkaError.UNKNOWN_TOPIC_OR_PART]
    assert "fact" not in KafkaAdmin(fresh_ledger.settings).topics()


def test_the_servers_listen_on_the_loopback_interface_only(stack: Running):
    assert stack.kafka is not None and stack.postgres is not None
    kafka, postgres = psutil.Process(stack.kafka.pid), psutil.Process(stack.postgres.pid)

    listening = {c.laddr.ip for c in kafka.net_connections() if c.status == psutil.CONN_LISTEN}

    assert listening and listening <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert [c for c in postgres.net_connections("inet") if c.status == psutil.CONN_LISTEN] == []


def test_the_database_syncs_and_its_log_shows_no_values(fresh_ledger: TestLedger, stack: Running):
    with psycopg.connect(fresh_ledger.dsn, autocommit=True) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW full_page_writes").fetchone() == ("on",)
        connection.execute("CREATE TABLE one (subject text PRIMARY KEY)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO one VALUES ('jansen-secret')")
            except psycopg.errors.UniqueViolation as error:
                violation = error

    assert "jansen-secret" in str(violation.diag.message_detail)
    assert stack.postgres is not None
    log = stack.postgres.log.read_text(encoding="utf-8")
    assert "one_pkey" in log
    assert "jansen-secret" not in log


def test_own_services_are_adopted_and_nothing_embedded_is_started(own_services: Settings, fresh_ledger: TestLedger):
    running = up()

    assert running.kafka is None and running.postgres is None
    assert running.identity.topic_ids == fresh_ledger.identity.topic_ids
    assert sorted(path.name for path in own_services.home.iterdir()) == ["ledger.json", "lock"]


def test_a_ledger_is_created_on_own_services(own_services: Settings):
    admin = KafkaAdmin(own_services)
    admin.delete(admin.topics())
    empty_database(own_services)

    identity = up(simulated=False, partitions=3).identity

    assert (identity.mode, identity.partitions) == ("real", 3)
    assert admin.topics()["ledger.real"].partitions == 1
    assert admin.end_offsets("register", 1) == [1]


def test_a_lost_database_is_made_again_for_the_same_log(own_services: Settings, fresh_ledger: TestLedger):
    empty_database(own_services)

    assert up().identity.topic_ids == fresh_ledger.identity.topic_ids


@pytest.mark.parametrize(("made", "asked"), [(True, False), (False, True)])
def test_a_ledger_never_changes_between_real_and_simulated(
    made: bool,
    asked: bool,
    make_ledger: Callable[..., TestLedger],
    point_at: Callable[[TestLedger], Settings],
):
    point_at(make_ledger(simulated=made))

    with pytest.raises(RefusedError, match="decided for good when it was created"):
        up(simulated=asked)


def test_the_number_of_partitions_never_changes(own_services: Settings):
    with pytest.raises(RefusedError, match="with 5 partitions: it was created with 4"):
        up(partitions=5)


def test_the_number_of_partitions_in_the_environment_is_a_wish_too(
    own_services: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LEDGER__PARTITIONS", "6")

    with pytest.raises(RefusedError, match="with 6 partitions: it was created with 4"):
        up()


def test_partitions_added_behind_our_back_stop_the_ledger(own_services: Settings):
    client = admin_client(own_services)
    client.create_partitions([NewPartitions("facts", 8)])["facts"].result(10)

    with pytest.raises(OperatorError, match="partition count of facts recorded in PostgreSQL is 4, Kafka has 8"):
        up()


def test_a_topic_made_again_stops_the_ledger_and_both_ids_are_named(own_services: Settings, fresh_ledger: TestLedger):
    admin = KafkaAdmin(own_services)
    admin.delete(["violations"])
    admin.create({"violations": 4}, replication_factor=1, settings={})
    old, new = fresh_ledger.identity.topic_ids["violations"], admin.topics()["violations"].topic_id

    with pytest.raises(OperatorError) as caught:
        up()

    assert f"the id of topic violations recorded in PostgreSQL is {old}, Kafka has {new}" in str(caught.value)


def test_a_topic_that_is_gone_stops_the_ledger(own_services: Settings):
    KafkaAdmin(own_services).delete(["obligations"])

    with pytest.raises(
        OperatorError, match=r"topic obligations recorded in PostgreSQL is id \S+, Kafka has no such topic"
    ):
        up()


def test_another_cluster_stops_the_ledger_and_both_ids_are_named(own_services: Settings, fresh_ledger: TestLedger):
    with psycopg.connect(fresh_ledger.dsn) as connection:
        connection.execute("UPDATE ledger.identity SET cluster_id = 'of-another-day'")

    with pytest.raises(OperatorError) as caught:
        up()

    assert f"recorded in PostgreSQL is of-another-day, Kafka has {fresh_ledger.identity.cluster_id}" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [("retention.ms", "1000"), ("cleanup.policy", "compact"), ("message.timestamp.type", "CreateTime")],
)
def test_a_topic_setting_that_would_lose_history_stops_the_ledger(key: str, value: str, own_services: Settings):
    entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, "facts", incremental_configs=[entry])
    client = admin_client(own_services)
    client.incremental_alter_configs([resource])[resource].result(10)

    with pytest.raises(OperatorError, match=rf"cannot use topic facts: expected {key}=\S+, got {value}"):
        up()


def test_a_topic_of_the_same_name_that_is_somebody_elses_is_not_taken(own_services: Settings):
    admin = KafkaAdmin(own_services)
    admin.delete(admin.topics())
    empty_database(own_services)
    admin.create({"facts": 4}, replication_factor=1, settings={})
    producer = Producer(own_services.kafka_client_config())
    producer.produce("facts", b"not ours")
    assert producer.flush(10) == 0

    with pytest.raises(OperatorError, match="topic facts exists with 4 partitions and is not a ledger's"):
        up(simulated=True)

    assert list(admin.topics()) == ["facts"]


def test_a_first_time_is_chosen_for_a_new_simulated_ledger_only(
    own_services: Settings, capsys: pytest.CaptureFixture[str]
):
    assert run(["up", "--start", "2019-01-01T00:00:00Z"]) == 4
    assert run(["up", "--simulated", "--start", "2019-01-01T00:00:00Z"]) == 2
    assert "ledger: hint: ledger tick" in capsys.readouterr().err


def test_status_shows_each_part_and_ends_with_3_when_one_is_down(
    stack: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LEDGER__HOME", str(stack.settings.home))
    assert stack.kafka is not None and stack.postgres is not None
    assert run(["status", "--json"]) == 0
    kafka, postgres = json.loads(capsys.readouterr().out)["parts"]
    assert (kafka["state"], kafka["pid"], kafka["address"]) == (
        "running",
        stack.kafka.pid,
        stack.kafka.bootstrap_servers,
    )
    assert (postgres["state"], postgres["pid"], postgres["version"]) == ("running", stack.postgres.pid, "18.4")
    assert kafka["version"].startswith("4.3.1, Java ")
    assert min(kafka["data_bytes"], postgres["data_bytes"]) > 0
    try:
        stack.postgres.kill()

        assert run(["status", "--json"]) == 3

        captured = capsys.readouterr()
        assert [part["state"] for part in json.loads(captured.out)["parts"]] == ["running", "stale"]
        assert "ledger: error: not running: postgres\nledger: hint: ledger up" in captured.err
    finally:
        stack.postgres.start()


def test_status_of_own_services_shows_no_password(
    own_services: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert run(["status", "--json"]) == 0
    assert [part["state"] for part in json.loads(capsys.readouterr().out)["parts"]] == ["answering", "answering"]
    monkeypatch.setenv("LEDGER__POSTGRES__DSN", "postgresql://u:hunter2@127.0.0.1:1/none")

    assert run(["status"]) == 3

    captured = capsys.readouterr()
    assert "postgres  not answering" in captured.out
    assert "hunter2" not in captured.out + captured.err


def test_migrate_tells_what_it_applied_and_then_that_there_is_nothing_to_do(
    own_services: Settings, capsys: pytest.CaptureFixture[str]
):
    empty_database(own_services)

    assert run(["migrate"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "projection"

    assert run(["migrate"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "ledger: 0 applied\n")


def test_reset_of_own_services_shows_topics_and_schemas_and_deletes_only_with_yes(
    own_services: Settings, capsys: pytest.CaptureFixture[str]
):
    up()
    admin = KafkaAdmin(own_services)
    admin.create({"orders": 1}, replication_factor=1, settings={})
    with psycopg.connect(own_services.postgres_dsn()) as connection:
        connection.execute("CREATE SCHEMA shop")

    assert run(["reset"]) == 4

    captured = capsys.readouterr()
    for name in [*TOPICS, "ledger.simulated"]:
        assert f"delete topic {name}\n" in captured.out
    assert "delete schema ledger\ndelete schema projection\n" in captured.out
    assert "ledger: hint: ledger reset --yes" in captured.err
    assert "facts" in admin.topics()

    assert run(["reset", "--yes"]) == 0

    assert list(admin.topics()) == ["orders"]
    with psycopg.connect(own_services.postgres_dsn()) as connection:
        left = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname IN ('ledger', 'projection', 'shop')")
        assert left.fetchall() == [("shop",)]
    assert run(["reset"]) == 0
    assert "nothing to delete" in capsys.readouterr().err


def test_reset_leaves_other_files_of_the_home_and_the_downloads_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    home, cache = tmp_path / "home", tmp_path / "cache"
    for path in (home / "kafka" / "data", home / "postgres", home / "logs", cache / "jars"):
        path.mkdir(parents=True)
    (home / "notes.txt").write_text("mine", encoding="utf-8")
    (cache / "jars" / "kafka.jar").write_text("44 MB", encoding="utf-8")
    monkeypatch.setenv("LEDGER__HOME", str(home))
    monkeypatch.setenv("LEDGER__CACHE", str(cache))

    assert run(["reset", "--yes"]) == 0

    assert f"delete {home / 'kafka'}  " in capsys.readouterr().out
    assert sorted(path.name for path in home.iterdir()) == ["lock", "notes.txt"]
    assert (cache / "jars" / "kafka.jar").exists()


def test_kafka_that_does_not_answer_ends_up_with_3(own_services: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEDGER__KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setattr("ledger.stack.identity.CONNECT_SECONDS_MAX", 1.0)

    assert run(["up"]) == 3


def test_a_cluster_with_too_few_brokers_for_the_replicas_says_so(own_services: Settings):
    admin = KafkaAdmin(own_services)

    with pytest.raises(
        OperatorError, match=r"cannot create topics: Kafka refused \(INVALID_REPLICATION_FACTOR\)"
    ) as caught:
        admin.create({"wide": 1}, replication_factor=3, settings={})

    assert isinstance(caught.value.__cause__, KafkaException)
