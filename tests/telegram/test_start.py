"""A start does not pay for Telegram."""

import subprocess
import sys


def test_a_start_does_not_import_the_telegram_library() -> None:
    code = "import sys, shadow.app.cli; print('telethon' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout.strip() == "False"
