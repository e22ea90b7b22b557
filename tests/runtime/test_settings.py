"""Settings: from environment, file and options; a wrong one is named in one clear line."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, SecretStr

from shadow.runtime.settings import SettingsInvalid, load_settings, secret_key


class Kitchen(BaseModel):
    ovens: int = Field(default=1, ge=0, description="Number of ovens.")
    open: bool = Field(default=True, description="Whether it is open.")


GROUPS = {"kitchen": Kitchen}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("SHADOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SHADOW_DATA_DIR", str(tmp_path))


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = load_settings(GROUPS)
    assert settings.group(Kitchen).ovens == 1
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/shadow.sqlite"


def test_the_environment_wins_over_the_file_and_options_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shadow.toml").write_text(
        'public_url = "https://a.example"\n[kitchen]\novens = 2\n'
    )
    assert load_settings(GROUPS).group(Kitchen).ovens == 2
    assert load_settings(GROUPS).core.public_url == "https://a.example"
    monkeypatch.setenv("SHADOW_KITCHEN__OVENS", "3")
    assert load_settings(GROUPS).group(Kitchen).ovens == 3
    assert load_settings(GROUPS, given={"kitchen": {"ovens": 4}}).group(Kitchen).ovens == 4


def test_a_group_half_given_keeps_its_other_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shadow.toml").write_text("[kitchen]\nopen = false\n")
    monkeypatch.setenv("SHADOW_KITCHEN__OVENS", "3")
    assert load_settings(GROUPS).group(Kitchen) == Kitchen(ovens=3, open=False)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SHADOW_KITCHEN__OVENS", "many", "SHADOW_KITCHEN__OVENS: input should be a valid integer"),
        ("SHADOW_KITCHEN__OVENS", "-1", "SHADOW_KITCHEN__OVENS: input should be greater than"),
        ("SHADOW_DATABASE_URL", "mysql://x", "SHADOW_DATABASE_URL: starts with one of"),
        ("SHADOW_SECRET_KEY", "short", "SHADOW_SECRET_KEY: has at least 32 characters"),
        ("SHADOW_PUBLIC_URL", "media.example", "SHADOW_PUBLIC_URL: starts with http"),
        ("SHADOW_LOG_LEVEL", "loud", "SHADOW_LOG_LEVEL: string should match pattern"),
    ],
)
def test_a_wrong_setting_is_named(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(GROUPS)
    assert caught.value.detail.startswith(told)
    assert "\n" not in caught.value.detail
    assert value not in caught.value.detail or name != "SHADOW_SECRET_KEY"


def test_several_wrong_settings_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHADOW_KITCHEN__OVENS", "many")
    monkeypatch.setenv("SHADOW_LOG_LEVEL", "loud")
    with pytest.raises(SettingsInvalid, match=r"SHADOW_LOG_LEVEL.*; SHADOW_KITCHEN__OVENS"):
        load_settings(GROUPS)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "shadow.toml").write_text("[kitchen\n")
    with pytest.raises(SettingsInvalid, match=r"shadow\.toml"):
        load_settings(GROUPS)


def test_the_secret_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    core = load_settings(GROUPS).core
    key = secret_key(core)
    assert secret_key(core) == key
    assert len(key) >= 32
    mode = stat.S_IMODE((tmp_path / "secret.key").stat().st_mode)
    assert mode == 0o600


def test_a_given_secret_key_is_used_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHADOW_SECRET_KEY", "k" * 40)
    settings = load_settings(GROUPS)
    assert secret_key(settings.core) == b"k" * 40
    assert isinstance(settings.core.secret_key, SecretStr)
    assert "kkkk" not in repr(settings)


def test_a_data_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SHADOW_DATA_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(SettingsInvalid, match="SHADOW_DATA_DIR"):
        secret_key(load_settings(GROUPS).core)


def test_the_command_line_ends_with_code_2_and_one_line(tmp_path: Path) -> None:
    wrong = {**os.environ, "SHADOW_STREAMING__LINK_HOURS": "soon", "SHADOW_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "shadow", "doctor"],
        env=wrong, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip().startswith("shadow: settings: SHADOW_STREAMING__LINK_HOURS:")
    assert done.stderr.count("\n") == 1
