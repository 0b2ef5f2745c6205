"""A link that signs in leads to the server that runs, or says what to set where that cannot be known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.cli.token import address_of
from ledger.settings import WebSettings
from ledger.web.serving_at import FOLDER, addresses, told

HERE, THERE, USUAL = "http://127.0.0.1:9123", "http://127.0.0.1:9124", "http://127.0.0.1:8480"


def test_where_servers_listen_is_known_while_they_do(tmp_path: Path) -> None:
    assert addresses(tmp_path) == []
    with told(tmp_path, THERE):
        with told(tmp_path, HERE):
            assert addresses(tmp_path) == [HERE, THERE] == addresses(tmp_path)
        assert addresses(tmp_path) == [THERE]
    assert addresses(tmp_path) == [] and list((tmp_path / FOLDER).iterdir()) == []


def test_a_server_that_was_killed_listens_no_more_and_the_next_one_is_found(tmp_path: Path) -> None:
    said = "import os, signal, sys; from pathlib import Path; from ledger.web.serving_at import told"
    dying = f"{said}\nwith told(Path(sys.argv[1]), sys.argv[2]):\n    print('there', flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)"
    done = subprocess.run([sys.executable, "-c", dying, str(tmp_path), HERE], capture_output=True, text=True, check=False)

    (left,) = (tmp_path / FOLDER).iterdir()
    assert (done.stdout, left.read_text(), addresses(tmp_path)) == ("there\n", HERE, [])
    with told(tmp_path, HERE):
        assert addresses(tmp_path) == [HERE]


def test_without_a_home_or_where_it_cannot_be_written_a_server_serves_all_the_same(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with told(nowhere, HERE):
        assert addresses(nowhere) == [] and not nowhere.exists()
    (tmp_path / FOLDER).write_text("no folder")
    with told(tmp_path, HERE):
        assert addresses(tmp_path) == []


@pytest.mark.parametrize("text", ["", "https://elsewhere.example", "http://elsewhere.example/sign-in#", "http://127.0.0.1:9123\nx"])
def test_a_file_that_says_something_else_is_no_address(tmp_path: Path, text: str) -> None:
    with told(tmp_path, HERE):
        next((tmp_path / FOLDER).iterdir()).write_text(text)
        assert addresses(tmp_path) == []


@pytest.mark.parametrize(
    ("web", "found", "address", "doubt"),
    [
        ({}, [HERE], HERE, ""), ({}, [USUAL], USUAL, ""), ({}, [HERE, USUAL], USUAL, ""), ({"port": 9124}, [HERE, THERE], THERE, ""),
        ({"public_url": "https://ledger.example/"}, [HERE], "https://ledger.example", ""),
        ({"public_url": "https://ledger.example"}, [], "https://ledger.example", ""),
        ({}, [], USUAL, "no server of this home runs on this machine; if yours is not at http://127.0.0.1:8480, set LEDGER__WEB__PORT"),
        ({}, [HERE, THERE], HERE, f"there are servers at {HERE}, {THERE}; for another than the first, set LEDGER__WEB__PORT"),
    ],
)  # fmt: skip
def test_a_link_leads_to_the_server_that_runs(web: dict[str, str], found: list[str], address: str, doubt: str) -> None:
    leads, said = address_of(WebSettings.model_validate(web), found)

    assert leads == address and said.startswith(doubt) and bool(said) == bool(doubt)
