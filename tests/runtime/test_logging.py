"""Logs hold what happened and no secret, whatever shape the secret comes in."""

import json
import logging

import pytest
import structlog

from shadow.runtime.logging import MASK, configure_logging, hide_secrets, mask_text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET /stream/abc?md5=AbC-d_e&expires=1", "AbC-d_e"),
        ("/auth?token=s3cr3t-value", "s3cr3t-value"),
        ("Authorization: Bearer abc.def.ghi", "abc.def.ghi"),
        ("used shd_AAAAbbbb-cc", "AAAAbbbb-cc"),
        ("postgresql+psycopg://shadow:hunter2@db/x", "hunter2"),
        ("https://api.example/3/search?api_key=0123456789&query=x", "0123456789"),
    ],
)
def test_credentials_inside_texts_are_masked(text: str, secret: str) -> None:
    masked = mask_text(text)
    assert secret not in masked
    assert MASK in masked


@pytest.mark.parametrize("name", ["password", "api_key", "Authorization", "cookie", "tmdb_token"])
def test_values_of_telling_names_are_masked_at_any_depth(name: str) -> None:
    line = hide_secrets(None, "", {"event": "x", name: "v", "inner": {"deep": [{name: "v"}]}})
    assert line[name] == MASK
    assert line["inner"]["deep"][0][name] == MASK
    assert line["event"] == "x"


def test_lines_are_json_with_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="info", style="json")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("shadow.test").info("kettle.boiled", litres=2, password="p")
        logging.getLogger("elsewhere").warning("from %s", "outside")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["kettle.boiled", "from outside"]
    assert {line["request_id"] for line in lines} == {"r-1"}
    assert (lines[0]["litres"], lines[0]["password"]) == (2, MASK)
    assert lines[0]["timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_crash_is_logged_without_the_values_of_variables(
    capsys: pytest.CaptureFixture[str], style: str
) -> None:
    configure_logging(level="info", style=style)

    def boil(kept_in_a_variable: str) -> None:
        raise ValueError(f"the kettle is empty ({len(kept_in_a_variable)})")

    try:
        boil(f"hunter{1 + 1}-local")
    except ValueError:
        structlog.get_logger("shadow.test").exception("kettle.failed")
    written = capsys.readouterr().err
    assert "the kettle is empty (13)" in written
    assert "hunter2-local" not in written
    assert "boil" in written, "the place is told all the same"


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_hostile_name_writes_no_lines_and_paints_no_terminal(
    capsys: pytest.CaptureFixture[str], style: str
) -> None:
    configure_logging(level="info", style=style)
    hostile = "a\n2026 [error] forged\x1b[2Jb\x9b"
    structlog.get_logger("shadow.test").info("scan.failed", path=hostile)
    logging.getLogger("elsewhere").warning("could not read %s", hostile)
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 2
    assert "\x1b[2J" not in told
