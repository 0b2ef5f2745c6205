"""The CloudEvents headers of a message, in Kafka's binary mode.

They let tools route and trace without reading Avro; the body stays the truth, so nothing in the ledger decides by a
header. Must never hold a personal value: subject is the pseudonym. Source of the rules: CloudEvents 1.0.2 core
attributes; Kafka protocol binding 1.0.2 section 3.2; partitioning extension.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from ledger.contract.json_form import instant_to_text
from ledger.core.events import message_key

_SPEC: Final = ("ce_specversion", b"1.0")
_CONTENT: Final = ("content-type", b"application/avro")


@cache
def _type_header(type_name: str) -> tuple[str, bytes]:
    return "ce_type", b"ledger." + type_name.encode()


def cloudevents_headers(type_name: str, fields: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    """Build the headers of one event: spec version, id, source, type, time, subject (if any), partition key, content
    type.

    fields: raw fields; event_id, controller, occurred_at and source must be there. A new list each time.
    """
    subject = fields.get("subject_ref")
    identity = fields["event_id"].hex()
    headers = [
        _SPEC,
        ("ce_id", f"{identity[:8]}-{identity[8:12]}-{identity[12:16]}-{identity[16:20]}-{identity[20:]}".encode()),
        ("ce_source", fields["source"].encode()),
        _type_header(type_name),
        ("ce_time", instant_to_text(fields["occurred_at"]).encode()),
    ]
    if subject is not None:
        headers.append(("ce_subject", subject.encode()))
    headers.append(("ce_partitionkey", message_key(fields["controller"], subject).encode()))
    headers.append(_CONTENT)
    return headers
