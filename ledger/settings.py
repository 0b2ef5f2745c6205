"""Every setting of the ledger, read once from the environment and from the file that `ledger up` leaves behind.

The only module that reads the environment. Must never print a secret: passwords and DSNs are `SecretStr`, errors name
the variable and never its value. Order: `LEDGER__SECTION__KEY` first, then `<home>/run.json` (the embedded stack), then
the defaults below. Own and embedded services are never mixed: whoever names an own Kafka names an own PostgreSQL too,
or goes without (an emitter needs none).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ledger.errors import CallerError, OperatorError

ENV_PREFIX = "LEDGER__"
RUN_FILE = "run.json"
_NO_SECRET = SecretStr("")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KafkaSettings(_Section):
    """Where Kafka is and how to prove who we are. Empty `bootstrap_servers`: the embedded broker, and it is down."""

    bootstrap_servers: str = ""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ssl_ca_location: str = ""
    ssl_certificate_location: str = ""
    ssl_key_location: str = ""
    ssl_key_password: SecretStr = _NO_SECRET
    sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = ""
    sasl_username: str = ""
    sasl_password: SecretStr = _NO_SECRET


class PostgresSettings(_Section):
    """Where PostgreSQL is, as one connection string (`postgresql://user:password@host:port/database`)."""

    dsn: SecretStr = _NO_SECRET


class WorkerSettings(_Section):
    """How `ledger work` goes about it. group: the consumer group; workers that share the work share it."""

    group: str = "ledger"
    tick_seconds: float = Field(default=60.0, ge=0.1, le=3600.0)  # between two ticks of a real ledger
    session_seconds: float = Field(default=10.0, ge=6.0, le=60.0)  # silence after which Kafka gives a worker's partitions to others
    batch_records_max: int = Field(default=4000, ge=1, le=100_000)  # of one poll, over all partitions
    niceness: int = Field(default=10, ge=0, le=19)  # at least so far behind who waits for an answer, on the same cores
    chunk_subjects: int = Field(default=4000, ge=1, le=100_000)  # of pending register events, in one round over all partitions


class SealingSettings(_Section):
    """Where the sealed log is kept and with which key it is signed. key: the text of a key file, from a secret store; it goes before key_file."""

    archive: Path = Path("archive")  # below home when it is relative
    key_file: Path = Path("keys/sealing.key")  # the same
    key: SecretStr = _NO_SECRET
    seconds: float = Field(default=60.0, ge=0.1, le=3600.0)  # between two rounds


class VaultSettings(_Section):
    """The secrets of the vault. keys, suppression_key: the texts of such files, from a secret store; they go before the files."""

    key_file: Path = Path("keys/vault.key")  # below home when it is relative
    keys: SecretStr = _NO_SECRET
    suppression_key_file: Path = Path("keys/suppression.key")  # the same
    suppression_key: SecretStr = _NO_SECRET


class WebSettings(_Section):
    """How `ledger serve` answers. public_url: how browsers reach it; https makes its cookies secure."""

    host: str = "127.0.0.1"
    port: int = Field(default=8480, ge=0, le=65535)  # 0: any that is free
    public_url: str = ""  # default: http://host:port
    proxies: str = Field(default="", pattern=r"^[0-9a-fA-F:./, ]*$")  # addresses or networks of proxies, by comma, that say who asks
    processes: int = Field(default=1, ge=1, le=64)  # that answer together; more than one core is used by more than one
    readers: int = Field(default=8, ge=1, le=64)  # of each process: connections to PostgreSQL for questions, and as many for events
    request_seconds: float = Field(default=30.0, gt=0, le=3600)  # from the first byte of a request to the first of its answer
    jwt_issuer: str = ""  # of bearer tokens; empty: there are none
    jwt_audience: str = ""
    jwt_jwks_url: str = ""
    oidc_issuer: str = ""  # where people sign in; empty: by links alone
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = _NO_SECRET
    secret: SecretStr = _NO_SECRET  # signs the cookie of a sign-in under way; default: random at each start
    role_claim: str = "ledger_role"  # a dot goes into an object
    role_prefix: str = ""  # before our roles at the provider
    controllers_claim: str = "ledger_controllers"
    subject_ref_claim: str = "ledger_subject_ref"
    source_claim: str = "ledger_source"
    requests_per_second: float = Field(default=1000.0, gt=0, le=1_000_000)  # of one caller at one process, on the long run; ten times as many at once


class AsOfSettings(_Section):
    """Projections as of another moment (docs/answers.md section 2)."""

    kept: int = Field(default=3, ge=1, le=50)  # so many are kept, each with as much in it as the live ones had then
    reuse_seconds: float = Field(default=300.0, ge=10, le=86_400)  # over HTTP: where the log went on, one made so long ago is asked again
    wait_seconds: float = Field(default=15.0, ge=0, le=3600)  # over HTTP: of a request for one that is being made; a page waits a third of it


class TracesSettings(_Section):
    """Where spans go, as OTLP over HTTP (docs/traces.md)."""

    endpoint: str = Field(default="", pattern=r"^(https?://[^\s@?#]+)?$")  # empty: nowhere, and nothing of it is loaded; no password in it
    ratio: float = Field(default=1.0, ge=0, le=1)  # of the traces that begin here


class Settings(BaseSettings):
    """All settings. `str()` shows no secret."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    home: Path = Path(".ledger")  # data, ports, pids and logs of the embedded stack
    cache: Path = Path("~/.cache/privacy-ledger")  # downloaded jars, shared by all homes
    partitions: int = Field(default=4, ge=1, le=1000)  # of `facts`; used when a ledger is created, then fixed for good
    replication_factor: int = Field(default=1, ge=1, le=32)  # of every topic, at creation
    min_insync_replicas: int = Field(default=1, ge=1, le=32)  # of every topic, at creation; at most replication_factor
    kafka: KafkaSettings = KafkaSettings()
    postgres: PostgresSettings = PostgresSettings()
    worker: WorkerSettings = WorkerSettings()
    sealing: SealingSettings = SealingSettings()
    vault: VaultSettings = VaultSettings()
    web: WebSettings = WebSettings()
    as_of: AsOfSettings = AsOfSettings()
    traces: TracesSettings = TracesSettings()
    failpoint: str = ""  # for fault tests only: see ledger/failpoints.py

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment and what the caller passes; no .env file that someone forgot."""
        return init_settings, env_settings

    @property
    def archive(self) -> Path:
        """The folder of the sealed log."""
        return self.home / self.sealing.archive.expanduser()

    @property
    def sealing_key_file(self) -> Path:
        """The file of the private key that signs."""
        return self.home / self.sealing.key_file.expanduser()

    @property
    def vault_key_file(self) -> Path:
        """The file with the secret of the vault's epoch."""
        return self.home / self.vault.key_file.expanduser()

    @property
    def suppression_key_file(self) -> Path:
        """The file with the secret of the suppression list."""
        return self.home / self.vault.suppression_key_file.expanduser()

    @property
    def has_own_services(self) -> bool:
        """Both Kafka and PostgreSQL are the user's own; nothing embedded is to be started."""
        return bool(self.kafka.bootstrap_servers and self.postgres.dsn.get_secret_value())

    def postgres_dsn(self) -> str:
        """Return the connection string in the clear, for the adapter that connects.

        Raises:
            CallerError: there is none.
        """
        dsn = self.postgres.dsn.get_secret_value()
        if not dsn:
            raise CallerError(
                "cannot reach PostgreSQL: LEDGER__POSTGRES__DSN is not set beside LEDGER__KAFKA__BOOTSTRAP_SERVERS",
                hint="set LEDGER__POSTGRES__DSN, or unset both and run `ledger up`",
            )
        return dsn

    def kafka_client_config(self) -> dict[str, Any]:
        """Return librdkafka's keys for reaching the broker; the caller adds those of its own role.

        Raises:
            CallerError: no broker is named.
        """
        if not self.kafka.bootstrap_servers:
            raise _no_services(self.home)
        kafka = self.kafka
        optional = {
            "ssl.ca.location": kafka.ssl_ca_location,
            "ssl.certificate.location": kafka.ssl_certificate_location,
            "ssl.key.location": kafka.ssl_key_location,
            "ssl.key.password": kafka.ssl_key_password.get_secret_value(),
            "sasl.mechanism": kafka.sasl_mechanism,
            "sasl.username": kafka.sasl_username,
            "sasl.password": kafka.sasl_password.get_secret_value(),
        }
        return {
            "bootstrap.servers": kafka.bootstrap_servers,
            "security.protocol": kafka.security_protocol,
            **{key: value for key, value in optional.items() if value},
        }


def read_settings(*, home: Path | None = None) -> Settings:
    """Read the environment alone, whether or not anything runs: for `ledger up` and its kin. Others: `load_settings`.

    Raises:
        CallerError: a variable is unknown or its value is not allowed.
    """
    _refuse_unknown(os.environ)
    given = {} if home is None else {"home": home}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = ENV_PREFIX + "__".join(str(part) for part in first["loc"]).upper()
        raise CallerError(
            f"cannot read setting {name}: {first['msg'].lower()}", hint=f"change or unset {name}"
        ) from None
    if settings.min_insync_replicas > settings.replication_factor:
        raise CallerError(
            f"cannot read setting {ENV_PREFIX}MIN_INSYNC_REPLICAS: expected at most the replication factor "
            f"{settings.replication_factor}, got {settings.min_insync_replicas}",
            hint=f"set {ENV_PREFIX}REPLICATION_FACTOR too",
        )
    return settings.model_copy(
        update={"home": settings.home.expanduser().absolute(), "cache": settings.cache.expanduser().absolute()}
    )


def load_settings(*, home: Path | None = None) -> Settings:
    """Read the settings a client or worker needs: own services from the environment, else those of `ledger up`.

    Raises:
        CallerError: a variable is wrong, or there is neither an own Kafka nor a running embedded one.
        OperatorError: `run.json` cannot be read.
    """
    settings = read_settings(home=home)
    if settings.kafka.bootstrap_servers:
        return settings
    if settings.postgres.dsn.get_secret_value():
        raise CallerError(
            "cannot reach Kafka: LEDGER__POSTGRES__DSN is set but LEDGER__KAFKA__BOOTSTRAP_SERVERS is not",
            hint="set both for own services, or unset both and run `ledger up`",
        )
    run = read_run_file(settings.home)
    if run is None:
        raise _no_services(settings.home)
    kafka = settings.kafka.model_copy(update={"bootstrap_servers": run[0]})
    return settings.model_copy(update={"kafka": kafka, "postgres": PostgresSettings(dsn=SecretStr(run[1]))})


def java_home() -> Path | None:
    """Return JAVA_HOME, the second choice for running the embedded broker."""
    return Path(value) if (value := os.environ.get("JAVA_HOME")) else None


def child_environment(home: Path) -> dict[str, str]:
    """Return this process's environment for a child that works on the ledger of that home."""
    return os.environ | {f"{ENV_PREFIX}HOME": str(home)}


def command_environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment and more, for a command that is run on somebody's behalf."""
    return os.environ | dict(more)


def read_run_file(home: Path) -> tuple[str, str] | None:
    """Return (bootstrap servers, DSN) of the embedded stack in this home, or None when it is not up.

    Raises:
        OperatorError: the file is there but damaged.
    """
    path = home / RUN_FILE
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        return str(run["kafka"]["bootstrap_servers"]), str(run["postgres"]["dsn"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OperatorError(
            f"cannot read {path}: {type(error).__name__}", hint="run `ledger up`: it writes the file anew"
        ) from error


def _no_services(home: Path) -> CallerError:
    return CallerError(
        f"cannot find a ledger: nothing is running in {home} and LEDGER__KAFKA__BOOTSTRAP_SERVERS is not set",
        hint="ledger up",
    )


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Refuse a misspelt variable: ignored, it would let a service run against the wrong broker or without TLS."""
    known = _known_names(Settings)
    for name in sorted(environment):
        if name.upper().startswith(ENV_PREFIX) and name.upper() not in known:
            raise CallerError(f"unknown setting {name}", hint=f"known: {', '.join(sorted(known))}")


def _known_names(model: type[BaseModel], prefix: str = ENV_PREFIX) -> set[str]:
    names: set[str] = set()
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            names |= _known_names(nested, f"{prefix}{name.upper()}__")
        else:
            names.add(prefix + name.upper())
    return names


def hand_down(values: Mapping[str, str]) -> None:
    """Into this process's environment, for the processes that it starts without one of their own."""
    os.environ.update(values)
