"""Values of settings as words of an nginx configuration, whatever they hold."""

from typing import Final

DOLLAR: Final = "${shadow_dollar}"
"""A variable that holds a dollar sign: where nginx fills in variables there is no other way."""


def quoted(text: str) -> str:
    """Return text as one word, for directives that take it as it is."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def literal(text: str) -> str:
    """Return text to stand between quotes where nginx fills in variables."""
    return quoted(text)[1:-1].replace("$", DOLLAR)


def indented(text: str, by: str = "    ") -> str:
    """Return text with its lines set in; a value that holds other line ends stays as it is."""
    return "\n".join(by + line if line.strip() else line for line in text.split("\n"))
