"""A real broker that lets nobody in without TLS: one port for passwords, one for clients' certificates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ledger.settings import java_home, read_settings
from ledger.stack.jars import ensure_jars
from ledger.stack.java import find_java
from ledger.stack.kafka import EmbeddedKafka
from ledger.stack.ports import LOOPBACK, free_ports

USER, PASSWORD = "ledger", "quite-long-and-in-no-log"
_SECURED = """
listeners=PLAINTEXT://127.0.0.1:{inner},CONTROLLER://127.0.0.1:{controller},SASL_SSL://127.0.0.1:{password},SSL://127.0.0.1:{certificate}
advertised.listeners=PLAINTEXT://127.0.0.1:{inner},SASL_SSL://127.0.0.1:{password},SSL://127.0.0.1:{certificate}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{secret}";
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/authority.pem
listener.name.ssl.ssl.client.auth=required
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """Where it is, and what a client needs. by_password, by_certificate: LEDGER__KAFKA__* of the two ports."""

    by_password: dict[str, str]
    by_certificate: dict[str, str]


class _SecuredKafka(EmbeddedKafka):
    """The embedded broker with other listeners."""

    certificates: Path
    password_port: int
    certificate_port: int

    def _write_configuration(self, ports: list[int]) -> None:
        super()._write_configuration(ports)
        secured = _SECURED.format(
            inner=ports[0], controller=ports[1], password=self.password_port, certificate=self.certificate_port,
            user=USER, secret=PASSWORD, folder=self.certificates,
        )  # fmt: skip
        names = {line.partition("=")[0] for line in secured.split()}
        kept = [line for line in self._properties.read_text().splitlines() if line.partition("=")[0] not in names]
        self._properties.write_text("\n".join(kept) + secured)


@contextmanager
def secured_kafka(home: Path) -> Iterator[Secured]:
    """Run the broker below `home`."""
    authority = trustme.CA()
    _write_certificates(home, authority)
    settings = read_settings(home=home)
    kafka = _SecuredKafka(home, java=lambda: find_java(java_home()), jars=lambda: ensure_jars(settings.cache))
    kafka.certificates = home
    kafka.password_port, kafka.certificate_port = free_ports(2)
    kafka.start()
    trusted = {"LEDGER__KAFKA__SSL_CA_LOCATION": str(home / "authority.pem")}
    try:
        yield Secured(
            by_password=trusted
            | {
                "LEDGER__KAFKA__BOOTSTRAP_SERVERS": f"{LOOPBACK}:{kafka.password_port}",
                "LEDGER__KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
                "LEDGER__KAFKA__SASL_MECHANISM": "PLAIN",
                "LEDGER__KAFKA__SASL_USERNAME": USER,
                "LEDGER__KAFKA__SASL_PASSWORD": PASSWORD,
            },
            by_certificate=trusted
            | {
                "LEDGER__KAFKA__BOOTSTRAP_SERVERS": f"{LOOPBACK}:{kafka.certificate_port}",
                "LEDGER__KAFKA__SECURITY_PROTOCOL": "SSL",
                "LEDGER__KAFKA__SSL_CERTIFICATE_LOCATION": str(home / "client.pem"),
                "LEDGER__KAFKA__SSL_KEY_LOCATION": str(home / "client.key"),
            },
        )
    finally:
        kafka.stop()


def _write_certificates(folder: Path, authority: trustme.CA) -> None:
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    broker, client = authority.issue_cert(LOOPBACK), authority.issue_cert("ledger.test")
    (folder / "broker.pem").write_bytes(_pkcs8(broker) + b"".join(each.bytes() for each in broker.cert_chain_pems))
    (folder / "client.key").write_bytes(_pkcs8(client))
    (folder / "client.pem").write_bytes(b"".join(each.bytes() for each in client.cert_chain_pems))


def _pkcs8(issued: trustme.LeafCert) -> bytes:
    """The only form of a key that Kafka reads."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
