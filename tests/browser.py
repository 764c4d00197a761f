"""A real Chromium and a real server, for tests and for the pictures in the documents."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
import requests
from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

PROJECT: Final = Path(__file__).parents[1]
CHROMIUM: Final = shutil.which("chromium") or "/usr/bin/chromium"
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESKTOP: Final[ViewportSize] = {"width": 1440, "height": 900}

# Without these Chromium asks for a sandbox that containers refuse, and talks to its maker.
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE: Final = 20_000
"""Milliseconds until what a page is to show must be there: beside all other tests a busy machine takes its time."""
_START_LIMIT: Final = 60.0
"""Seconds until a server must be ready."""


@contextmanager
def launched_chromium() -> Iterator[Browser]:
    """Run Chromium without a window."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=_PATIENCE)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def running_server(folder: Path, knowledge: Path = PROJECT / "knowledge", **settings: str) -> Iterator[str]:
    """Run `bot serve` in `folder`, where it makes its database unless told otherwise; yield its address.

    settings: more environment variables.

    Raises RuntimeError with what the server printed if it ends or is not ready in time.
    """
    address = ("127.0.0.1", _free_port())
    url = f"http://{address[0]}:{address[1]}"
    # Without the settings of the machine that runs the tests.
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    environ |= {"HOST": address[0], "PORT": str(address[1]), "KNOWLEDGE_DIR": str(knowledge), "LOG_LEVEL": "warning"}
    environ |= settings
    command = [str(Path(sys.executable).with_name("bot")), "serve"]
    log = folder / "server.log"
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=folder, env=environ, stdout=output, stderr=output) as server,
    ):
        try:
            if not _ready(server, url):
                raise RuntimeError(f"bot serve is not ready at {url}:\n{log.read_text()}")
            yield url
        finally:
            server.terminate()


def _ready(server: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + _START_LIMIT
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if requests.get(f"{url}/readyz", timeout=_START_LIMIT).ok:
                return True
        time.sleep(0.1)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: install the package chromium.")
        pytest.skip("Chromium is missing: install the package chromium to run the tests in a browser.")
    with launched_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("server")) as url:
        yield url
