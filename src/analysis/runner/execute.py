"""One notebook through papermill, in a fresh kernel of this very interpreter."""

import logging
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import zmq
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill import execute_notebook
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from analysis.errors import HiprunError
from analysis.runner.stages import Stage
from analysis.study import write_atomically

KERNEL_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class StageError(HiprunError):
    """A notebook stopped. The message names notebook, cell and cause; `details` is the traceback."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class OwnKernelManager(AsyncKernelManager):
    """Starts the kernel with the interpreter that runs hiprun.

    A kernel spec named python3 in the user's home may point to any other Python. What a notebook prints
    may be health data: on its way from the kernel it is encrypted where ZeroMQ can.
    """

    @default("transport_encryption")
    def _encrypt(self) -> str:
        return "auto" if zmq.has("curve") else "disabled"

    @property
    def kernel_spec(self) -> KernelSpec:
        """ipykernel's own spec for `sys.executable`.

        On shutdown jupyter_client interrupts the kernel before it ends it; where the kernel is quick it calls that an
        error on the terminal. What fails in a cell comes back with the notebook, whatever the kernel logs.
        """
        return KernelSpec(**get_kernel_dict(extra_arguments=["--log-level=CRITICAL"]), env=KERNEL_ENVIRONMENT)


def execute_stage(
    stage: Stage, parameters: dict[str, object], done: Path, failed: Path, on_cell: Callable[[], None]
) -> None:
    """Run the notebook of `stage`; the executed notebook becomes `done` in one step.

    Raises `StageError` where a cell fails (the notebook up to that cell is kept as `failed`) or the kernel
    dies.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    try:
        with tempfile.TemporaryDirectory(prefix="hiprun-") as neutral, write_atomically(done) as beside:
            try:
                _execute(stage, parameters, beside, neutral, on_cell)
            except PapermillExecutionError:
                beside.chmod(0o644)
                beside.replace(failed)
                raise
    except PapermillExecutionError as error:
        raise _cell_failed(stage, error, failed) from error


def _execute(
    stage: Stage, parameters: dict[str, object], output: Path, neutral: str, on_cell: Callable[[], None]
) -> None:
    reached: list[int] = []

    def started(cell: nbformat.NotebookNode, cell_index: int) -> None:
        reached.append(cell_index)

    def executed(cell: nbformat.NotebookNode, cell_index: int, execute_reply: dict) -> None:
        on_cell()

    for attempt in (1, 2):
        try:
            execute_notebook(
                _as_is(stage.path),
                _as_is(output),
                parameters=parameters,
                kernel_name="python3",
                language="python",
                kernel_manager_class=OwnKernelManager,
                # The folder a kernel starts in is on its import path: an empty one, where nothing shadows.
                resources={"metadata": {"path": neutral}},
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                # All is in files by then; asking the kernel to leave takes 0.4 s and is noisy on Ctrl-C.
                shutdown_kernel="immediate",
                progress_bar=False,
                on_cell_start=started,
                on_cell_executed=executed,
            )
            return
        except DeadKernelError as error:
            raise _kernel_died(stage, reached) from error
        except RuntimeError as error:
            # Two kernels may pick one port at the same moment: the second try picks another.
            if reached or attempt == 2:
                raise StageError(f"{stage.path.name}: the kernel did not start: {error}") from error


def _as_is(path: Path) -> str:
    # papermill formats paths with the parameters; doubled braces stay braces.
    return str(path).replace("{", "{{").replace("}", "}}")


def _cell_failed(stage: Stage, error: PapermillExecutionError, failed: Path) -> StageError:
    first_line = next((line for line in error.evalue.splitlines() if line.strip()), "")
    cause = f"{error.ename}: {first_line}" if first_line else error.ename
    lines = [line.strip() for line in error.source.splitlines() if line.strip()]
    code = f"{lines[0]} …" if len(lines) > 1 else lines[0]
    message = (
        f"{stage.path.name}, cell {_own_number(stage, error.cell_index)} of {stage.n_cells} ({code}): {cause}\n"
        f"The notebook up to that cell: {failed}\n"
        "Fix: mend the cause and run again (finished stages are kept); --debug shows the traceback."
    )
    return StageError(message, _COLOUR.sub("", "\n".join(error.traceback)))


def _kernel_died(stage: Stage, reached: list[int]) -> StageError:
    where = f", cell {_own_number(stage, reached[-1])} of {stage.n_cells}" if reached else ""
    return StageError(
        f"{stage.path.name}{where}: the kernel died ({sys.executable}); most often memory has run out.\n"
        "Fix: close other programs or take a smaller cohort, then run again (finished stages are kept)."
    )


def _own_number(stage: Stage, index: int) -> int:
    """The number (from 1) of a cell in the notebook itself, without the cell papermill put in."""
    return index + 1 if index <= stage.parameters_cell else index
