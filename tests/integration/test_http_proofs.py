"""The proof of one event over HTTP and on its page: sealed, not sealed yet, and an archive that cannot tell are three answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.stack.lifecycle import Running
from ledger.web.roles import Role
from tests.ledgers import new_database
from tests.web_examples import ON_ANNA, WHY, example_world
from tests.web_world import WebWorld

TOLD_APART = {"SEALED": "Sealed: this event", "NOT_YET": "Not sealed yet", "DAMAGED": "The archive cannot tell"}
CERTIFICATE = {"SEALED": 422, "NOT_YET": 409, "DAMAGED": 503}
"""Of Anna, who has not all erased that was asked: sealed or not, that is said only where something is sealed."""
BUNDLE = {"SEALED": 200, "NOT_YET": 409, "DAMAGED": 503}


def lose(archive: Path) -> None:
    (archive / "seals" / "checkpoint").unlink()


def garble(archive: Path) -> None:
    (archive / "seals" / "checkpoint").write_text("something else\n")


@pytest.fixture(scope="module")
def world(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebWorld]:
    with new_database(stack) as dsn, example_world(dsn, tmp_path_factory.mktemp("proofs")) as made:
        yield made


@pytest.mark.parametrize("seal, change", [("SEALED", None), ("NOT_YET", shutil.rmtree), ("DAMAGED", lose), ("DAMAGED", garble)])
def test_how_an_event_is_sealed(world: WebWorld, tmp_path: Path, seal: str, change: Callable[[Path], None] | None) -> None:
    archive = world.settings.archive
    shutil.copytree(archive, tmp_path / "kept")
    try:
        if change is not None:
            change(archive)
        client, key = world.client(), world.key(Role.DPO) | {"Accept-Language": "en"}
        found = client.post("/v1/facts/show", json=WHY | {"partition": 0, "offset": 2}, headers=key)
        page = client.post("/events/0/2", data=WHY, headers=key | {"Accept": "text/html"})
        asked = client.post("/events/0/2", data=WHY | {"form": "proof"}, headers=key | {"Accept": "text/html"})
        certified = client.post("/v1/subjects/certificate", json=ON_ANNA, headers=key)
        proven = client.post("/v1/subjects/prove", json=ON_ANNA, headers=key)
    finally:
        shutil.rmtree(archive, ignore_errors=True)
        shutil.copytree(tmp_path / "kept", archive)

    assert (found.status_code, found.json()["seal"], found.json()["bundle"] is not None) == (200, seal, seal == "SEALED")
    assert [text for text in TOLD_APART.values() if text in page.text] == [TOLD_APART[seal]] and page.status_code == 200
    assert ("attachment" in asked.headers.get("content-disposition", "")) == (seal == "SEALED") and asked.status_code == 200
    assert certified.status_code == CERTIFICATE[seal], certified.text
    assert proven.status_code == BUNDLE[seal], proven.text
