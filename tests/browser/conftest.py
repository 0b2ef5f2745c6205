"""What the browser's tests stand on: a small demo ledger, played once and served; Chromium; pages that tell when something is wrong with them.

The ledger's stack and the browser end with the last test of this folder. Where there is no Chromium, Debian's is installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.installed import installed
from tests.ledgers import end_orphans, new_home

PLAY_SECONDS_MAX = 240
STOP_SECONDS_MAX = 10
CUSTOMERS = 10
OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Site:
    """A served ledger. address: without a slash at the end. sessions: cookies of those who have signed in."""

    address: str
    home: Path
    sessions: dict[tuple[str, ...], list[Any]] = field(default_factory=dict, compare=False)

    def ledger(self, *words: str, ends_with: tuple[int, ...] = (0,)) -> str:
        """What a command says."""
        return ledger(self.home, *words, ends_with=ends_with)

    def json(self, *words: str) -> Any:
        """What a command answers."""
        return json.loads(self.ledger(*words, "--json"))

    def link(self, role: str, *options: str) -> str:
        """A link that signs one browser in."""
        return self.address + "/sign-in#" + self.ledger("token", "sign-in", "--role", role, *options).strip().partition("#")[2]


def ledger(home: Path, *words: str, ends_with: tuple[int, ...] = (0,)) -> str:
    """Run a command on a home; returns what it prints. ends_with: the exit codes that are good."""
    command, environment = [sys.executable, "-m", "ledger", *words], os.environ | {"LEDGER__HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PLAY_SECONDS_MAX, check=False)
    assert done.returncode in ends_with, done.stderr
    return done.stdout


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """A demo of ten customers of five hosters, 2018 to 2026, and a server on it."""
    end_orphans()
    with new_home() as home:
        try:
            ledger(home, "demo", "--size", str(CUSTOMERS), "--keep")
            with served(home) as address:
                yield Site(address, home)
        finally:
            end_children(home)


@contextmanager
def served(home: Path, **settings: str) -> Iterator[str]:
    """A server on a free port, ended at the end; its address once it listens. settings: `kafka__bootstrap_servers="..."`."""
    command, environment = [sys.executable, "-m", "ledger", "serve", "--port", "0"], os.environ | {"LEDGER__HOME": str(home)}
    environment |= {f"LEDGER__{name.upper()}": value for name, value in settings.items()}
    errors = (home / "serve.err").open("w")
    with errors:
        server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert server.stdout is not None
    with server.stdout:
        line = server.stdout.readline()
    try:
        assert line.startswith("serving "), (home / "serve.err").read_text()
        yield line.split()[1]
    finally:
        server.terminate()
        server.wait(STOP_SECONDS_MAX)


@contextmanager
def without_kafka(site: Site) -> Iterator[str]:
    """A server of the same ledger, for which no broker answers; whoever is signed in at the one is so here."""
    dsn = json.loads((site.home / "run.json").read_text())["postgres"]["dsn"]
    with served(site.home, kafka__bootstrap_servers="127.0.0.1:9", postgres__dsn=dsn) as address:
        yield address


def end_children(home: Path) -> None:
    """End the worker and the servers of this home."""
    found = [process for process in psutil.process_iter() if _is_of(process, home)]
    for process in found:
        with suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(found, STOP_SECONDS_MAX)[1]:
        with suppress(psutil.Error):
            process.kill()


def _is_of(process: psutil.Process, home: Path) -> bool:
    try:
        return process.environ().get("LEDGER__HOME") == str(home) and process.cmdline()[1:4] in (["-m", "ledger", "work"], ["-m", "ledger", "serve"])
    except psutil.Error:
        return False


def chromium() -> str:
    """The browser; installed first where it is not there."""
    return installed("chromium", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this folder."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def open_page(site: Site, browser: Browser) -> Iterator[OpenPage]:
    """Open a page, signed in: `open_page("/sharing", role="auditor", scheme="dark", width=400, language="en", javascript=False)`.

    At the end no page may have said anything on its console (errors, and what the CSP has blocked, come there) but what a test expects.
    """
    contexts, said = [], []

    def open_(
        path: str, *, role: str = "dpo", options: tuple[str, ...] = (), scheme: str = "light", width: int = 1366, language: str = "nl",
        javascript: bool = True, expects: str | tuple[str, ...] = (),
    ) -> Page:  # fmt: skip
        context = browser.new_context(
            base_url=site.address, viewport={"width": width, "height": 900}, color_scheme=scheme, locale={"nl": "nl-NL", "en": "en-GB"}[language],
            java_script_enabled=javascript,
        )  # type: ignore[arg-type]  # fmt: skip
        contexts.append(context)
        awaited = (expects,) if isinstance(expects, str) else expects
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", lambda message: None if any(each in message.text for each in awaited) else said.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        who = (role, *options)
        if who not in site.sessions:
            site.sessions[who] = signed_in(browser, site, role, options)
        context.add_cookies(site.sessions[who])
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert said == []


def signed_in(browser: Browser, site: Site, role: str, options: tuple[str, ...]) -> list[Any]:
    """The cookies of a session, got as a person does: by opening the link and pressing the button."""
    context = browser.new_context()
    try:
        page = context.new_page()
        open_link(page, site.link(role, *options))
        return list(context.cookies())
    finally:
        context.close()


def open_link(page: Page, link: str) -> None:
    """Sign in by a link."""
    page.goto(link)
    page.click("button[value=do]")
    page.wait_for_selector("form[action='/sign-out']")
