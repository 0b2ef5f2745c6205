"""The readable page of a pack: one file of HTML without a script or anything from elsewhere, that prints well. Escapes all that it is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, NamedTuple

_STYLE: Final = (
    "body{font:16px/1.5 Georgia,serif;max-width:48em;margin:2em auto;padding:0 1em;color:#111;background:#fff}"
    "h1,h2{font-family:Helvetica,Arial,sans-serif;line-height:1.2}table{border-collapse:collapse;width:100%;margin:.5em 0}"
    "td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}pre{background:#f3f3f3;padding:.8em;overflow:auto}"
    "@media print{body{margin:0;max-width:none;font-size:11pt}h2{break-after:avoid}tr,pre{break-inside:avoid}pre{white-space:pre-wrap}}"
)
_HELD: Final = (
    ("archive/", "the sealed log: hashes and entries of all records, the records of the range, all checkpoints, the seals and cosignatures"),
    ("bundles/", "some records with their proofs: certificates of erasure, and the policies as they stand on the log"),
    ("policies/", "each published version, as text and as compiled, and what is in policies.json of each"),
    ("registers/", "the answers of the ledger as of the moment named above, one file each; every answer says how fresh it is"),
    ("schemas/", "what the bytes of a record mean"),
    ("keys.txt", "the public keys, for convenience: use those that you were given before"),
    ("MANIFEST.json", "size and SHA-256 of every other file; MANIFEST.sha256 is its own sum"),
)
_PROVEN: Final = (
    "The log: that no sealed record was altered, dropped, reordered or put in since, as far as you trust the key and keep a checkpoint.",
    "Of a certificate: that every event it names stands on that log, at that place.",
    "That the files here are those that the manifest names. Note the sum of the manifest apart from this folder.",
)
_NOT_PROVEN: Final = (
    "The registers, this page and the manifest are not signed. They follow from the log: `ledger audit replay --from-archive`, with a copy of the "
    "program that you trust, works them out again.",
    "That an event was recorded at all, that what it says is true, and that no copy of erased data or of an erased key exists elsewhere.",
)


class Page(NamedTuple):
    """What the page says. about: (name, value). counts: (controller, register, file, what and how many)."""

    ledger: str
    about: Sequence[tuple[str, str]]
    counts: Sequence[tuple[str, str, str, str]]
    certificates: Sequence[str]
    is_partial: bool
    simulated: bool


def index_page(page: Page) -> bytes:
    """The page."""
    title = f"What the ledger {page.ledger} shows"
    partial = " --partial" if page.is_partial else ""
    commands = (
        "pip install cryptography     # and ledger/verify/ of the ledger's source, from anywhere but this folder\n"
        f"python -m ledger.verify pack .{partial} --key VKEY     # VKEY: the public key that you were given before\n"
        "python -m ledger.verify bundle bundles/FILE.json --key VKEY     # one certificate alone"
    )
    parts = [
        f"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        "<p><strong>A simulated ledger: made up, of nobody.</strong></p>" if page.simulated else "",
        _table(("", ""), page.about),
        "<h2>How to check it</h2>", f"<pre>{escape(commands)}</pre>",
        "<p>Exit code 0: verified. 1: something differs, and the lines before the last say what. 2: it cannot be decided.</p>",
        "<h2>What is proven</h2>", _list(_PROVEN), "<h2>What is not</h2>", _list(_NOT_PROVEN),
        "<h2>What is in here</h2>", _table(("Where", "What"), _HELD),
        "<h2>Registers</h2>", _table(("Controller", "Register", "File", "How many"), page.counts),
        f"<h2>Certificates of erasure</h2><p>{len(page.certificates)} of them, the latest first.</p>", _list(page.certificates),
        "</body></html>\n",
    ]  # fmt: skip
    return "\n".join(each for each in parts if each).encode()


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "<tr>" + "".join(f"<th>{escape(name)}</th>" for name in names) + "</tr>" if any(names) else ""
    return "<table>" + head + "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows) + "</table>"


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in items) + "</ul>"
