"""The rules of docs/architecture: sizes, doors, cycles, what only `runtime` may do."""

import ast
import re
import subprocess
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, SLICES, VISIBLE, Module, functions, modules

TESTS = sorted((ROOT / "tests").rglob("*.py"))
WEB = sorted(
    path
    for pattern in ("*.ts", "*.tsx")
    for path in (ROOT / "web" / "src").rglob(pattern)
    if "generated" not in path.parts
)
PROCESS_STARTERS = {"create_subprocess_exec", "create_subprocess_shell", "Popen", "system", "popen"}
BAD_NAMES = re.compile(r"(Manager|Helper|Utils?|Handler)$")


def too_long(paths: list[Path], ceiling: int) -> list[str]:
    counted = ((path, path.read_text().count("\n")) for path in paths)
    return [f"{path.relative_to(ROOT)}: {lines}" for path, lines in counted if lines > ceiling]


def test_source_files_have_at_most_400_lines() -> None:
    assert too_long([module.path for module in modules()], 400) == []


def test_test_files_have_at_most_600_lines() -> None:
    assert too_long(TESTS, 600) == []


def test_web_files_have_at_most_250_lines() -> None:
    assert too_long(WEB, 250) == []


def test_functions_have_at_most_60_lines() -> None:
    long = [
        f"{module.name}.{function.name}"
        for module in modules()
        for function in functions(module)
        if (function.end_lineno or 0) - function.lineno >= 60
    ]
    assert long == []


def test_functions_have_at_most_6_parameters() -> None:
    many = []
    for module in modules():
        if module.name.startswith("shadow.app.cli"):
            continue  # Typer makes an option of each parameter
        for function in functions(module):
            given = function.args
            names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
            count = len([name for name in names if name not in ("self", "cls")])
            is_route = any("router." in ast.unparse(d) for d in function.decorator_list)
            if count > 6 and not is_route:  # a route's parameters are the request's fields
                many.append(f"{module.name}.{function.name}: {count}")
    assert many == []


def test_there_are_no_import_cycles() -> None:
    known = {module.name for module in modules()}
    graph = {module.name: (module.imports() & known) - {module.name} for module in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_a_slice_is_entered_only_through_its_visible_files() -> None:
    known = {module.name for module in modules()}
    wrong = []
    for module in modules():
        for name in module.imports(for_types=True) & known:
            parts = name.split(".")
            if len(parts) < 3 or parts[1] not in SLICES or parts[1] == module.place:
                continue
            door = parts[2]
            is_root = module.place == "app" and door == "slice"
            if door not in VISIBLE and not is_root:
                wrong.append(f"{module.name} → {name}")
    assert wrong == []


def test_plugins_see_only_their_ports_of_a_slice_and_never_each_other() -> None:
    wrong = []
    for module in modules():
        if module.place != "plugins":
            continue
        own = ".".join(module.name.split(".")[:3])
        wrong += [
            f"{module.name} → {name}"
            for name in module.imports(for_types=True)
            if name.startswith("shadow.plugins.") and not name.startswith(own)
        ]
    assert wrong == []


def test_nothing_is_imported_inside_a_function_except_by_a_plugins_build() -> None:
    inside = [
        f"{module.name}.{function.name}"
        for module in modules()
        for function in functions(module)
        if any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(function))
        and not (module.place == "plugins" and function.name == "build")
    ]
    assert inside == []


def _calls(module: Module) -> set[str]:
    names = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            names.add(ast.unparse(node.func))
    return names


def test_only_runtime_starts_processes_and_builds_http_clients() -> None:
    wrong = []
    for module in modules():
        if module.place == "runtime":
            continue
        for call in _calls(module):
            last = call.split(".")[-1]
            starts = last in PROCESS_STARTERS and call.split(".")[0] in (
                "asyncio",
                "subprocess",
                "os",
            )
            if starts or call in ("httpx.AsyncClient", "httpx.Client", "httpx.get"):
                wrong.append(f"{module.name}: {call}")
    assert wrong == []


def test_services_flush_and_only_the_edge_commits() -> None:
    wrong = [
        f"{module.name}: {call}"
        for module in modules()
        for call in _calls(module)
        if call.endswith("session.commit") and module.name != "shadow.runtime.database"
    ]
    assert wrong == []


def test_the_package_file_of_a_slice_holds_its_sign_and_nothing_else() -> None:
    for name in SLICES:
        tree = next(m.tree for m in modules() if m.name == f"shadow.{name}")
        assert ast.get_docstring(tree), f"{name} has no sign at its door"
        assert len(tree.body) == 1, f"{name}/__init__.py holds code"


def test_no_class_is_named_for_what_it_is_not() -> None:
    wrong = [
        f"{module.name}.{node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and BAD_NAMES.search(node.name)
    ]
    assert wrong == []


def test_http_exception_is_not_raised() -> None:
    raised = [module.name for module in modules() if "HTTPException" in _calls(module)]
    assert raised == []


def test_no_tracked_file_names_a_package_registry() -> None:
    hosts = "|".join(
        ("py" + r"pi\.org", "python" + r"hosted\.org", "registry.npm" + r"js", "deb.deb" + "ian")
    )
    found = subprocess.run(
        ["git", "grep", "-nIE", hosts, "--", ".", ":!*.svg"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""
