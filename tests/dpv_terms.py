"""Which terms DPV 2.3 has, from its own lists: tests/dpv_2_3.json says where they come from and under which licence."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

DPV: Final = "https://w3id.org/dpv"
"""How every IRI of DPV and of its extensions begins."""
CLASS, PROPERTY = "class", "property"


@cache
def kinds() -> dict[str, str]:
    """IRI -> whether it is a class or a property; of the extensions those that this project uses."""
    files = json.loads(Path(__file__).with_name("dpv_2_3.json").read_text(encoding="utf-8"))["files"].values()
    return {each["namespace"] + name: kind for each in files for kind in (CLASS, PROPERTY) for name in each[kind].split()}
