"""The topics and their events as an AsyncAPI 3 document: channels, messages, payload schemas, keys and headers, from the tables that the code uses.

Source: AsyncAPI 3.0.0; its Kafka bindings 0.5.0; CloudEvents 1.0.2, Kafka binding; docs/events.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.contract import schema_store
from ledger.core.events import EVENT_KINDS, EventKind

_VERSION: Final = "3.0.0"
_BINDING: Final = "0.5.0"
_AVRO: Final = "application/vnd.apache.avro+json;version=1.9.0"
_ABOUT: Final = {
    "facts": "What happened to a person's data, and a copy of each register event in each partition.",
    "register": "What concerns controllers: policies, recipients, agreements, breaches, and the time.",
    "obligations": "What holders must do, and what became of it: written by the processors.",
    "violations": "Promises that were broken: written by the processors.",
}
_TEXT: Final = {"type": "string"}
_HEADERS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_partitionkey", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"}, "ce_id": {"type": "string", "format": "uuid"}, "ce_source": _TEXT, "ce_type": _TEXT,
        "ce_time": {"type": "string", "format": "date-time"}, "ce_subject": _TEXT, "ce_partitionkey": _TEXT, "content-type": _TEXT,
    },
}  # fmt: skip


def asyncapi(version: str, topic_settings: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The document. version: of the ledger. topic_settings: Kafka's, by topic."""
    topics = sorted({kind.topic for kind in EVENT_KINDS.values()})
    return {
        "asyncapi": _VERSION,
        "info": {
            "title": "Privacy ledger: topics", "version": version,
            "description": "Each value is one magic byte 0, a schema id of four bytes, and Avro: as the serializers of a schema registry write it.",
        },
        "defaultContentType": "application/avro",
        "channels": {topic: _channel(topic, topic_settings[topic]) for topic in topics},
        "operations": {
            f"{action}-{topic}": {
                "action": action, "channel": {"$ref": f"#/channels/{topic}"},
                "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in _names(topic)],
            }
            for topic in topics
            for action in ("receive", "send")
        },
        "components": {"messages": {name: _message(name, kind) for name, kind in sorted(EVENT_KINDS.items())}},
    }  # fmt: skip


def _channel(topic: str, settings: Mapping[str, str]) -> dict[str, Any]:
    configuration = {
        "cleanup.policy": [settings["cleanup.policy"]], "retention.ms": int(settings["retention.ms"]),
        "retention.bytes": int(settings["retention.bytes"]), "max.message.bytes": int(settings["max.message.bytes"]),
    }  # fmt: skip
    return {
        "address": topic, "description": _ABOUT[topic],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _names(topic)},
        "bindings": {"kafka": {"topic": topic, "topicConfiguration": configuration, "bindingVersion": _BINDING}},
    }  # fmt: skip


def _names(topic: str) -> list[str]:
    """The register's events are on `facts` too: a copy in each partition."""
    return sorted(name for name, kind in EVENT_KINDS.items() if kind.topic == topic or (topic == "facts" and kind.topic == "register"))


def _message(name: str, kind: EventKind) -> dict[str, Any]:
    row = schema_store.latest(name)
    schema = schema_store.schema(name, row.version)
    key = "controller/subject_ref" if kind.topic != "register" else "controller"
    return {
        "name": name, "title": name, "summary": schema.get("doc", ""), "contentType": "application/avro",
        "payload": {"schemaFormat": _AVRO, "schema": schema_store.raw_schema(name, row.version)}, "headers": _HEADERS,
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"UTF-8: {key}"}, "schemaIdLocation": "payload", "schemaIdPayloadEncoding": "confluent",
                "schemaLookupStrategy": "TopicRecordNameStrategy", "bindingVersion": _BINDING,
            }
        },
        "examples": [{"name": name, "payload": schema_store.example(name)}],
    }  # fmt: skip
