"""A module imports only from its own room or from floors below it (DESIGN section 1)."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "analysis"
FLOORS = {
    1: ("errors", "tables", "study"),
    2: ("hip", "surveillance", "training_load"),
    3: ("sources", "simulate"),
    4: ("panel",),
    5: ("describe", "models"),
    6: ("claims",),
    7: ("figures", "report"),
    8: ("runner",),
    9: ("cli",),
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
EVERYONE_MAY = {"errors"}


def rooms_imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            raise AssertionError(f"{path}:{node.lineno}: relative import; write analysis.…")
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {n.split(".")[1] for n in names if n and n.startswith("analysis.")}
        if isinstance(node, ast.ImportFrom) and node.module == "analysis":
            found |= {alias.name for alias in node.names if alias.name in FLOOR}
    return found


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_floors_below(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert room in FLOOR, f"{room} has no floor"
    for other in rooms_imported(path) - {room} - EVERYONE_MAY:
        assert FLOOR[other] < FLOOR[room] or FLOOR[room] == FLOOR[other] == 1, f"{room} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_has_fewer_than_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300
