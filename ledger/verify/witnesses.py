"""Cosignatures under the newest checkpoint of the seals log: docs/evidence.md section 11, C2SP tlog-cosignature.

They lie in `seals/cosigned/<size>`: the checkpoint with more lines. Whoever is not among the auditor's witnesses is passed over.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ledger.verify.files import LogFiles
from ledger.verify.findings import BrokenError, Findings, MissingError
from ledger.verify.notes import NAME, NUMBER, Key, SignatureError, checkpoint_of, from_base64, opened

COSIGNER = b"\x04"


@dataclass(frozen=True)
class Witness:
    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + COSIGNER + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(COSIGNER + self.public).decode()}"


@dataclass
class Cosigned:
    """size: of the largest checkpoint that enough witnesses have cosigned, 0: none. by: their names and times in seconds."""

    size: int = 0
    by: dict[str, int] = field(default_factory=dict)


def witness_of(vkey: str) -> Witness:
    name, _, rest = vkey.partition("+")
    raw = from_base64(rest.partition("+")[2])
    if not NAME.fullmatch(name) or len(raw) != 33 or raw[:1] != COSIGNER:
        raise BrokenError("not the vkey of a witness")
    witness = Witness(name, raw[1:])
    if witness.vkey != vkey:
        raise BrokenError("the id in the vkey is not that of its name and key")
    return witness


def check_witnesses(archive: Path, ledger: str, keys: Sequence[Key], witnesses: Sequence[Witness], quorum: int, found: Findings) -> Cosigned:
    """The newest checkpoint with a quorum. A wrong cosignature of one of the witnesses is a finding, and so is one of another tree."""
    files, best = LogFiles(archive / "seals"), Cosigned()
    for name in sorted((each for each in files.listed("cosigned") if NUMBER.fullmatch(each)), key=int):
        try:
            note = files.read(f"cosigned/{name}")
            checkpoint = checkpoint_of(note, f"{ledger}/seals", keys)
            if checkpoint.size != int(name) or opened(files.read(f"checkpoints/{name}"))[0] != opened(note)[0]:
                found.add("checkpoint-conflict", f"cosigned/{name} is another checkpoint than checkpoints/{name}", checkpoint.size)
                continue
            by = cosigners(note, witnesses)
        except (MissingError, BrokenError) as error:
            found.of(error)
        except SignatureError as error:
            found.add("signature-wrong", f"cosigned/{name}: {error}")
        else:
            if len(by) >= quorum:
                best = Cosigned(checkpoint.size, by)
    return best


def cosigners(note: bytes, witnesses: Sequence[Witness]) -> dict[str, int]:
    text, signatures = opened(note)
    by = {}
    for witness in witnesses:
        for name, signed in signatures:
            if name == witness.name and signed[:4] == witness.id:
                time = int.from_bytes(signed[4:12], "big")
                message = f"cosignature/v1\ntime {time}\n{text}".encode()
                if len(signed) != 76 or not Key(name, witness.public).has_signed(message, signed[12:]):
                    raise SignatureError(f"the cosignature of {name} is wrong")
                by[name] = time
    return by
