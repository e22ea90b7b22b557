"""The source as the structure tests see it: files, their imports, their functions."""

import ast
import gc
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "shadow"
SLICES = frozenset({"accounts", "catalog", "ingest", "storage", "streaming", "hls", "telegram"})
VISIBLE = frozenset({"service", "models", "ports", "events", "errors"})


@dataclass(frozen=True)
class Module:
    """One source file, parsed."""

    path: Path
    name: str
    tree: ast.Module
    lines: int

    @property
    def place(self) -> str:
        """The slice or package it belongs to."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    def imports(self, *, for_types: bool = False) -> set[str]:
        """Return the modules it imports at run time (and, if asked, for type checks only)."""
        found: set[str] = set()
        for node in self.tree.body:
            if not for_types and _is_type_checking(node):
                continue
            for inner in ast.walk(node):
                found |= _imported(inner)
        return found


def _is_type_checking(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        names = {f"{node.module}.{alias.name}" for alias in node.names}
        return {name if _is_module(name) else node.module for name in names}
    return set()


def _is_module(name: str) -> bool:
    path = SOURCE.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the product."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text()
        found.append(Module(path, name, _parsed(text), text.count("\n")))
    return tuple(found)


def _parsed(text: str) -> ast.Module:
    """Parse without a collection in the midst of it.

    What other tests left may parse something when it is collected, and CPython 3.11 takes such a
    call within a call for a fault (`SystemError`, recursion depth mismatch).
    """
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        gc.enable()


def functions(module: Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function of a module, nested ones too."""
    return [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
