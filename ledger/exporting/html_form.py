"""A paper as one HTML file: self-contained, no script, nothing from elsewhere, all that is given escaped; prints well. The only door to Jinja2."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from ledger.exporting.paper import Paper

MEDIA_TYPE: Final = "text/html; charset=utf-8"


def html_chunks(paper: Paper) -> Iterator[bytes]:
    """The file, piece by piece."""
    for text in _template().generate(paper=paper):
        yield text.encode()


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(resources.files("ledger.exporting").joinpath("paper.html.jinja").read_text("utf-8"))
