"""Pages are made of what stood there when the server started: another version that is installed beside it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jinja2
import pytest

from ledger.web.pages import labels, rendering
from ledger.web.pages.rendering import Pages


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    """Pages of a process that has just begun, and a disk that is gone afterwards."""
    caches: list[Any] = [rendering.templates, labels.words, labels._kinds]
    for each in caches:
        each.cache_clear()
    pages = Pages(is_secure=False)

    def gone(*_: Any) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr(jinja2.PackageLoader, "get_source", gone)
    monkeypatch.setattr(jinja2.Template, "is_up_to_date", False)  # as after an upgrade
    monkeypatch.setattr(labels, "files", gone)
    yield pages
    for each in caches:
        each.cache_clear()


def test_every_template_is_there_without_the_disk(started: Pages) -> None:
    names = started._environment.list_templates()

    assert len(names) > 20
    for name in names:
        assert started._environment.get_template(name).name == name


def test_the_words_are_there_without_the_disk(started: Pages) -> None:
    assert labels.words()["product"]["nl"]
    assert labels.anywhere("dpv:ServiceProvision", "nl")
