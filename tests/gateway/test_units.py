"""The units for systemd: it takes them, they start commands that exist, they may do little."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shadow.app.cli import app as cli

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
LIMITS = (
    "NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "PrivateDevices=yes",
    "RestrictNamespaces=yes", "SystemCallFilter=@system-service", "UMask=0077", "User=shadow",
    "StateDirectoryMode=0700",
)  # fmt: skip


def test_there_is_one_for_each_kind_of_process() -> None:
    assert [path.name for path in UNITS] == [
        "shadow-gateway.service", "shadow-stream@.service", "shadow-worker.service",
        "shadow.service",
    ]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_it_may_do_little(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert [line for line in LIMITS if line not in lines] == []
    allowed = [line for line in lines if line.startswith("CapabilityBoundingSet=")]
    wanted = "CAP_NET_BIND_SERVICE" if "gateway" in unit.name else ""
    assert allowed == [f"CapabilityBoundingSet={wanted}"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_its_commands_exist_with_their_options(unit: Path) -> None:
    commands = re.findall(r"=/opt/shadow/bin/shadow (.+)", unit.read_text())
    assert commands
    for line in commands:
        name, *options = line.split()
        known = CliRunner().invoke(cli, [name, "--help"], env={"COLUMNS": "200"}).output
        named = [option for option in options if option.startswith("--")]
        assert [option for option in named if option not in known] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_takes_it(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text().replace("/opt/shadow/bin/shadow", "/bin/true")
    here = tmp_path / unit.name.replace("@", "@8481")
    here.write_text(text.replace("=shadow\n", "=root\n").replace("/usr/sbin/nginx", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if tmp_path.name in line] == []
    assert done.returncode == 0, done.stderr
