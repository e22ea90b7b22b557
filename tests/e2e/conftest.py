"""One real server with the sample library and one real browser for all end-to-end tests."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.browser import make_first_admin, open_context, running_browser
from tests.support.server import Server, running_server

NAME = "ada"
PASSWORD = "an engine of analysis"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample library, made by the command that people use."""
    folder = tmp_path_factory.mktemp("sample") / "library"
    subprocess.run([sys.executable, "-m", "shadow", "sample", str(folder)], check=True)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server") / "data"
    with running_server(folder, "--library", str(sample)) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="session")
def signed_in(browser: Browser, server: Server) -> dict[str, object]:
    """The first admin's cookies, made by going through the printed link as a person does."""
    context = open_context(browser, server.url)
    assert server.admin_link
    make_first_admin(context.new_page(), server.admin_link, name=NAME, password=PASSWORD)
    state = context.storage_state()
    context.close()
    wait_for_library(server.url, {c["name"]: c["value"] for c in state["cookies"]})
    return {"storage_state": state}


def wait_for_library(url: str, cookies: dict[str, str]) -> None:
    """Wait until the first scan is through: two films, one series, all with posters."""
    deadline = time.monotonic() + 400
    with httpx.Client(base_url=url, timeout=60, cookies=cookies) as client:
        while time.monotonic() < deadline:
            jobs = client.get("/api/jobs").raise_for_status().json()["items"]
            if jobs and all(job["state"] == "done" for job in jobs):
                return
            time.sleep(0.2)
    pytest.fail("the sample library was not scanned")


@pytest.fixture
def open_page(
    browser: Browser, server: Server, signed_in: dict[str, object]
) -> Iterator[Callable[..., Page]]:
    """Open a page as the admin, on a desktop or a phone; console errors fail the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_(path: str, *, phone: bool = False, bypass_csp: bool = False) -> Page:
        context = open_context(
            browser, server.url, phone=phone, bypass_csp=bypass_csp,
            storage_state=signed_in["storage_state"],
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []
