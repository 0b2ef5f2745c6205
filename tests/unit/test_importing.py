"""What importing the SDK loads: a service that emits nothing yet pays for nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("confluent_kafka", "fastavro", "pydantic", "pydantic_settings", "typer", "rich", "psycopg", "faust", "yaml", "asyncio")


@pytest.mark.parametrize("statement", ["import ledger", "from ledger import Emitter, Receipt", "from ledger import Obligations"])
def test_importing_the_sdk_loads_nothing_heavy(statement):
    script = f"import sys; {statement}; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert "ledger" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_importing_the_package_alone_loads_no_module_of_it():
    script = "import sys, ledger; print(*(name for name in sys.modules if name.startswith('ledger.')))"

    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split() == []


def test_an_unknown_name_is_an_attribute_error_and_the_public_ones_are_listed():
    import ledger

    with pytest.raises(AttributeError, match="no attribute 'Emiter'"):
        _ = ledger.Emiter
    assert {"Emitter", "AsyncEmitter", "Receipt", "Obligations", "AsyncObligations"} <= set(dir(ledger))
