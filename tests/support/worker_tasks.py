"""What hostile media can make a worker do, on demand."""

import ctypes
import os
import sys
import time
from pathlib import Path

from shadow.kit.errors import Kind, ShadowError


class Refused(ShadowError):
    kind = Kind.missing
    code = "test.refused"


def echo(value: object) -> object:
    return value


def raw(path: bytes) -> bytes:
    return path


def pid() -> int:
    return os.getpid()


def hang(began: str) -> None:
    Path(began).write_text(str(os.getpid()))
    while True:
        time.sleep(1000)


def crash() -> None:
    ctypes.string_at(0)


def allocate(megabytes: int) -> int:
    return len(bytearray(megabytes << 20))


def refuse() -> None:
    raise Refused("The cat sat on it.")


def fail() -> None:
    raise RuntimeError("an \udcff odd one")


def answer_nonsense() -> None:
    for fd in range(3, 20):
        try:
            os.write(fd, b"\xff" * 64)
        except OSError:
            continue


def print_noise() -> str:
    sys.stdout.write("noise that is no answer\n" * 100)
    sys.stdout.flush()
    return "quiet"


def long_answer() -> str:
    return "x" * (9 << 20)


def secrets() -> list[str]:
    return sorted(name for name in os.environ if "SECRET" in name)
