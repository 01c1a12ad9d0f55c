"""The stages of a run: the notebooks `NN_*.ipynb` of one folder, in the order of their numbers."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import HiprunError, InputError
from analysis.runner.fingerprints import digest
from analysis.runner.parameters import COMMON, Parameter, closest, read_parameters

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Stage:
    """One notebook: what it is called, which tables it cannot do without and what it can be told.

    `n_cells` counts all cells, `n_code_cells` those that run; `parameters_cell` counts from 0.
    `content` is a hash of what the notebook does: its sources, tags and needs, but no outputs.
    """

    name: str
    path: Path
    title: str
    needs: tuple[str, ...]
    parameters: dict[str, Parameter] = field(hash=False)
    n_cells: int
    n_code_cells: int
    parameters_cell: int
    content: str

    def values(self, given: dict[str, object]) -> dict[str, object]:
        """The notebook's own parameters as they will be: the default, or the given value."""
        return {n: given.get(n, p.default) for n, p in self.parameters.items() if n not in COMMON}


def checkout() -> Path | None:
    """The root of the source checkout this package is used from, or None for an installed wheel."""
    root = PACKAGE.parents[1]
    return root if (root / "pyproject.toml").is_file() and (root / "src" / "analysis") == PACKAGE else None


def notebooks_folder() -> Path:
    """Where the notebooks are: in the installed wheel, else in the checkout. Raises `HiprunError`."""
    packaged, root = PACKAGE / "notebooks", checkout()
    if packaged.is_dir():
        return packaged
    if root is not None and (root / "notebooks").is_dir():
        return root / "notebooks"
    raise HiprunError(f"{packaged}: no notebooks found. Fix: install hiprun again.")


def read_stages(folder: Path) -> tuple[Stage, ...]:
    """The stages in `folder`, in order. Raises `HiprunError` for a notebook that breaks the rules."""
    stages = tuple(_read_stage(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")))
    if not stages:
        raise HiprunError(f"{folder}: no notebooks named like 01_validate.ipynb. Fix: install hiprun again.")
    return stages


def _read_stage(path: Path) -> Stage:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells, about = notebook["cells"], notebook["metadata"].get("hiprun", {})
    except (ValueError, KeyError, TypeError) as error:
        raise HiprunError(f"{path}: not a notebook ({error}). Fix: restore the file.") from error
    tagged = [c for c in cells if "parameters" in c["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise HiprunError(f"{path.name}: {len(tagged)} cells are tagged 'parameters'; expected one.")
    parameters = read_parameters(_text(tagged[0]), path.name)
    if absent := [name for name in COMMON if name not in parameters]:
        raise HiprunError(f"{path.name}: the parameters cell lacks {', '.join(absent)}. Fix: add the line.")
    does = [[c["cell_type"], _text(c), c["metadata"].get("tags", [])] for c in cells]
    return Stage(
        name=path.stem,
        path=path.resolve(),
        title=about.get("title", path.stem),
        needs=tuple(about.get("needs", ())),
        parameters=parameters,
        n_cells=len(cells),
        n_code_cells=sum(c["cell_type"] == "code" for c in cells),
        parameters_cell=cells.index(tagged[0]),
        content=digest([does, about]),
    )


def _text(cell: dict) -> str:
    # nbformat allows one string or a list of lines.
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def position(stages: tuple[Stage, ...], name: str, option: str) -> int:
    """The place of the stage `name`; raises `InputError` with the nearest name where there is none."""
    names = [stage.name for stage in stages]
    if name not in names:
        raise InputError(f"{option} {name}: no such stage.{closest(name, names)} There are: {', '.join(names)}.")
    return names.index(name)
