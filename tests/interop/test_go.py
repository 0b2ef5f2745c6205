"""The Go project's own packages for such logs (golang.org/x/mod/sumdb, which Go's module mirror rests on) read what we seal, and make our proofs.

The packages come with the Go toolchain, below its `cmd/vendor`; nothing is fetched. Where there is no Go, the test installs Debian's.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger.evidence.proofs import consistency_proof, inclusion_proof
from ledger.evidence.tiles import Tile, nodes_of
from tests.installed import installed
from tests.sealing_world import KEY, World

HERE = Path(__file__).parent
PACKAGES = "src/cmd/vendor/golang.org/x/mod"


def go() -> str:
    """The toolchain; installed first where it is not there."""
    return installed("golang-go", "go", "/usr/local/go/bin/go")


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of checker.go, built without a network."""
    folder, tool = tmp_path_factory.mktemp("go"), go()
    asked = subprocess.run([tool, "env", "GOROOT", "GOVERSION"], check=True, capture_output=True, text=True).stdout.split()
    root, language = Path(asked[0]), ".".join(asked[1].removeprefix("go").split(".")[:2])
    shutil.copytree(root / PACKAGES, folder / "mod")
    (folder / "mod/go.mod").write_text(f"module golang.org/x/mod\n\ngo {language}\n")
    (folder / "go.mod").write_text(f"module checker\n\ngo {language}\n\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./mod\n")
    shutil.copy(HERE / "checker.go", folder / "main.go")
    offline = {"GOCACHE": str(folder / "cache"), "GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **offline}
    done = subprocess.run([tool, "build", "-o", "checker", "."], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "checker"


def run(checker: Path, folder: Path, origin: str, *indexes: int) -> subprocess.CompletedProcess[str]:
    words = [str(checker), str(folder), KEY.signer(origin).verifier.text(), *map(str, indexes)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def sealed(folder: Path, *counts: int) -> World:
    world = World(folder)
    for count in counts:
        world.add("facts", 0, count)
        world.seal()
    return world


def texts(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


FACTS = "ledger.example/facts/0/facts-to"


@pytest.mark.parametrize("counts", [(1,), (6,), (254, 1), (255, 1, 1), (100, 400, 499), (70_000,)])
def test_go_reads_what_we_seal_and_makes_the_same_proofs(checker: Path, tmp_path: Path, counts: tuple[int, ...]) -> None:
    world = sealed(tmp_path / "archive", *counts)
    size = 1 + sum(counts)
    indexes = sorted({0, 1, size // 2, size - 1, *(each for each in (255, 256, 257, 511) if each < size)})
    for folder, origin in ((tmp_path / "archive/logs/facts/0", FACTS), (tmp_path / "archive/seals", "ledger.example/seals")):
        is_facts = folder.name == "0"
        done = run(checker, folder, origin, *(indexes if is_facts else [0]))
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        nodes = nodes_of(said["size"], lambda tile, folder=folder: read(folder, tile))  # type: ignore[misc]
        assert not is_facts or said["size"] == size
        for index, proof in said["inclusion"].items():
            assert texts(inclusion_proof(int(index), said["size"], nodes)) == proof
        for old, proof in said["consistency"].items():
            assert texts(consistency_proof(int(old), said["size"], nodes)) == proof
    assert world.memory.kept[FACTS].size == size


def read(folder: Path, tile: Tile) -> bytes:
    path = folder / tile.path
    return (path if path.exists() else folder / tile._replace(width=256).path).read_bytes()


def test_go_refuses_what_was_changed(checker: Path, tmp_path: Path) -> None:
    sealed(tmp_path / "archive", 300)
    folder = tmp_path / "archive/logs/facts/0"
    assert run(checker, folder, FACTS, 5).returncode == 0
    for name in ("checkpoint", "tile/0/000", "tile/entries/000", "tile/0/001.p/45", "checkpoints/301"):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
        assert run(checker, folder, FACTS, 5).returncode == 1, name
        (folder / name).write_bytes(data)
    assert run(checker, folder, "ledger.example/facts/1/facts-to", 5).returncode == 1
