"""Structured logs: one JSON object or one coloured line each, with request ids and no secrets."""

import logging
import re
import sys
from typing import Any

import structlog

SECRET_NAMES = re.compile(
    r"(pass(word|wd)?|secret|token|authorization|cookie|api_?key|md5|credential)", re.IGNORECASE
)
SECRET_IN_TEXT = re.compile(
    r"(?i)((?:token|md5|api_key|key|password|secret|login)=)[^&\s\"']+|(bearer\s+)\S+"
    r"|(shd_)[\w-]+|(://[^:/\s]+:)[^@/\s]+(?=@)"
)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MASK = "•••"
TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)
"""Without the values of variables: those hold settings, cookies and keys."""


def hide_secrets(_: Any, __: str, line: Any) -> Any:
    """Mask values of telling names and credentials inside texts, at any depth."""
    return {name: _masked(name, value) for name, value in line.items()}


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked(str(key), part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(name, part) for part in value]
    if (
        SECRET_NAMES.search(name)
        and value is not None
        and not isinstance(value, bool | int | float)
    ):
        return MASK
    if isinstance(value, str):
        return mask_text(value)
    return value


def mask_text(text: str) -> str:
    """Mask credentials inside a text: query parameters, bearer tokens, passwords in URLs."""
    return SECRET_IN_TEXT.sub(lambda m: "".join(g for g in m.groups() if g) + MASK, text)


def show_controls(_: Any, __: str, line: Any) -> Any:
    """Escape control characters in texts: a file's name must not write lines or paint a terminal.

    Tracebacks are left as they are: their line breaks are ours.
    """
    return {
        name: CONTROLS.sub(lambda m: m[0].encode("unicode_escape").decode(), value)
        if isinstance(value, str) and name != "exception"
        else value
        for name, value in line.items()
    }


def configure_logging(*, level: str, style: str) -> None:
    """Send all logs, the standard library's too, to standard error.

    `style` is `json`, `console` or `auto` (console on a terminal).
    """
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not console:
        last += [TRACEBACKS]
    last += [hide_secrets]
    if console:
        last += [show_controls]
    last += [
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer()
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in (
        "dbos",
        "httpx",
        "httpcore",
        "alembic",
        "aiosqlite",
        "watchfiles",
        "uvicorn.access",
        "uvicorn.error",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "dbos"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
