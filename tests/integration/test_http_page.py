"""The commands of docs/http.md, executed: each gets the answer that the page promises."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from ledger.web.roles import Role
from tests.everything import load_everything
from tests.ledgers import TestLedger
from tests.serving import key_of, servers_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "http.md"


def test_every_command_of_the_page_is_answered(make_ledger: Callable[..., TestLedger]) -> None:
    ledger = make_ledger(partitions=1)
    load_everything(ledger.dsn)
    blocks = re.findall(r"```sh\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    curl = shutil.which("curl")
    assert curl is not None and len(blocks) >= 4
    with servers_of(ledger) as start:
        names = {
            "LEDGER": start().address, "AUDITOR": key_of(ledger, Role.AUDITOR, ("mijndomein",)),
            "EMITTER": key_of(ledger, Role.EMITTER, ("mijndomein",), source="shop"), "no_proxy": "*",
        }  # fmt: skip
        for block in blocks:
            done = subprocess.run(
                ["sh", "-ec", block.replace("curl -sS", "curl -sS --fail-with-body -w '\\n'")], env=ledger.environment | names, capture_output=True,
                text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 0, (block, done.stdout, done.stderr)
            assert done.stdout.startswith("{")
