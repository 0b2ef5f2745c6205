"""`python -m ledger.web.describe FOLDER`: write openapi.json and asyncapi.json there; the tests hold docs/ against what is served."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import SecretStr

from ledger.settings import KafkaSettings, PostgresSettings, Settings
from ledger.web.app import asyncapi_text, make_app, openapi_of
from ledger.web.json_schemas import as_text


def write(folder: Path) -> None:
    """Nothing is asked of Kafka or PostgreSQL for this."""
    nowhere = Settings(kafka=KafkaSettings(bootstrap_servers="localhost:0"), postgres=PostgresSettings(dsn=SecretStr("postgresql://localhost/none")))
    app = make_app(nowhere)
    (folder / "openapi.json").write_text(as_text(openapi_of(app)), encoding="utf-8")
    (folder / "asyncapi.json").write_text(asyncapi_text(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
