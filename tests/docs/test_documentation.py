"""Documentation is part of the product: it is complete, fresh, and its links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from shadow.app.slices import settings_groups
from shadow.runtime.plugins import discover
from shadow.runtime.settings import CoreSettings

ROOT = Path(__file__).resolve().parents[2]
FEATURES = ROOT / "docs" / "features.md"
COUNTS = {"A": 15, "B": 13, "C": 11, "D": 8, "E": 5, "F": 6, "G": 4, "H": 3, "I": 6, "J": 6}
COMMANDS = (
    "serve", "scan", "parse", "sample", "fix-slugs", "doctor", "migrate", "version", "user add",
    "token create", "title edit", "title rm", "jobs list", "jobs show", "jobs cancel", "jobs retry",
    "jobs pause",
)  # fmt: skip
PINNED = (  # interface.md: never renamed
    "SHADOW_DATA_DIR", "SHADOW_DATABASE_URL", "SHADOW_REDIS_URL", "SHADOW_SECRET_KEY",
    "SHADOW_PUBLIC_URL", "SHADOW_LIBRARY__PATHS", "SHADOW_LIBRARY__WATCH",
    "SHADOW_STREAMING__SECURE_LINK_SECRET", "SHADOW_METADATA__TMDB_KEY",
    "SHADOW_METADATA__TMDB_URL", "SHADOW_NETWORK__ALLOW_PRIVATE",
)  # fmt: skip


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_generated_reference_is_fresh() -> None:
    check = [sys.executable, "tools/write_reference.py", "--check"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run `make docs`:\n{done.stdout}{done.stderr}"


def test_every_setting_says_what_it_means() -> None:
    models: list[type[BaseModel]] = [CoreSettings, *settings_groups(discover()[0]).values()]
    silent = [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert silent == []


@pytest.mark.parametrize("name", PINNED)
def test_pinned_settings_exist(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "reference" / "settings.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_pinned_commands_that_exist_are_described(command: str) -> None:
    assert f"## `shadow {command}`" in (ROOT / "docs" / "reference" / "cli.md").read_text()


def test_every_requirement_has_its_row_and_an_honest_state() -> None:
    text = FEATURES.read_text()
    rows = dict(re.findall(r"^\| ([A-J]\d+) \| (.+?) \|", text, re.MULTILINE))
    expected = {f"{letter}{n}" for letter, count in COUNTS.items() for n in range(1, count + 1)}
    assert set(rows) == expected
    assert set(rows.values()) <= {"done", "partly", "not yet"}


def test_the_code_and_tests_that_features_names_exist() -> None:
    named = re.findall(
        r"`((?:src|tests|web|docs|tools|bench|migrations)/[\w./-]+)`", FEATURES.read_text()
    )
    assert named
    missing = [name for name in named if not (ROOT / name).exists()]
    assert missing == []


def test_a_done_feature_names_code_and_tests() -> None:
    for row in re.findall(r"^\| [A-J]\d+ \| done \|.*$", FEATURES.read_text(), re.MULTILINE):
        assert "`src/" in row or "`web/" in row, row
        assert "`tests/" in row, row


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in pages()
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_no_page_speaks_of_the_machine_it_was_written_on() -> None:
    home = str(ROOT.parent) + "/"
    assert [str(page) for page in pages() if home in page.read_text()] == []


def test_the_front_page_fits_one_screen_and_shows_a_picture() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 60
    assert re.search(r"!\[.+\]\(docs/screenshots/.+\)", text)
    assert "make run" in text
    assert "make test" in text
