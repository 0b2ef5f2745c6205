"""Texts of policies that are not published yet: the shipped statement as another version."""

from __future__ import annotations

from importlib import resources

CONTROLLER = "sohosted"


def version(name: str, *changed: tuple[str, str], in_force_from: str = "2024-01-01") -> str:
    """The shipped statement as another version, with a few words changed."""
    text = (resources.files("ledger.policies") / f"{CONTROLLER}.yaml").read_text(encoding="utf-8")
    named = (('version: "2018-05-25"', f'version: "{name}"'), ("in_force_from: 2018-05-25", f"in_force_from: {in_force_from}"))
    for old, new in (*named, *changed):
        assert old in text
        text = text.replace(old, new)
    return text
