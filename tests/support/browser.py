"""Debian's Chromium, driven by Playwright, as tests and screenshots use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
PATIENCE = 60_000
"""Milliseconds before what is waited for counts as never coming, on a machine busy with more."""
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run one headless Chromium."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def open_context(
    browser: Browser,
    base_url: str,
    *,
    phone: bool = False,
    bypass_csp: bool = False,
    storage_state: Any = None,
) -> BrowserContext:
    """Open a fresh browser profile of a size."""
    context = browser.new_context(
        base_url=base_url,
        viewport=PHONE if phone else DESKTOP,
        has_touch=phone,
        is_mobile=phone,
        device_scale_factor=1,
        reduced_motion="reduce",
        bypass_csp=bypass_csp,
        storage_state=storage_state,
    )
    context.set_default_timeout(PATIENCE)
    return context


def make_first_admin(page: Page, link: str, *, name: str, password: str) -> None:
    """Go through the first-admin page as a person does."""
    page.goto(link)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/")
