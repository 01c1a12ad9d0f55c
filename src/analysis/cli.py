"""The command line `hiprun`: reads what was asked, hands it on, ends with the exit code.

Exit codes: 0 done, 1 a stage failed, 2 bad usage or invalid input, 130 interrupted. What a command needs
is imported when it runs, so that `hiprun --help` answers at once.
"""

import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer

from analysis import __version__
from analysis.errors import HiprunError, InputError

INTERRUPTED = 130

app = typer.Typer(
    name="hiprun",
    help="Hip health in runners: from raw exports to a report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with raw/ and processed/.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder the reports go to.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Cohort = Annotated[str, typer.Argument(metavar="COHORT", help="A folder in data/raw.")]


def main() -> None:
    """Entry point of the `hiprun` script."""
    sys.excepthook = _defect
    typer.main.get_command(app)(prog_name="hiprun")


@app.command()
def run(
    cohorts: Annotated[
        list[str] | None, typer.Argument(metavar="COHORT", help="Folders in data/raw; default: demo.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every cohort in data/raw.")] = False,
    parameters: Annotated[
        list[str] | None,
        typer.Option("-p", metavar="NAME=VALUE", help="Set a parameter of the notebooks; may be repeated."),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="STAGE", help="Run again from this stage on.")] = None,
    only: Annotated[str | None, typer.Option("--only", metavar="STAGE", help="Run this stage alone.")] = None,
    data: Data = Path("data"),
    out: Out = Path("reports"),
    force: Annotated[bool, typer.Option("--force", help="Run finished stages too.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Validate, build the panel, run the notebooks and write the report.

    Finished stages whose inputs and parameters are unchanged are kept.
    """
    with _exit_codes(debug):
        from analysis.runner import Request, Voice, run_cohorts

        request = Request(cohorts or [], everything, parameters or [], start, only, data, out, force, debug)
        raise typer.Exit(run_cohorts(request, Voice(quiet)))


@app.command()
def check(
    cohort: Cohort,
    data: Data = Path("data"),
    out: Out = Path("reports"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Validate the raw files only: every problem at once, also in problems.csv."""
    with _exit_codes(debug):
        from analysis.runner import Voice, check_cohort

        raise typer.Exit(check_cohort(cohort, data, out, Voice(quiet)))


@app.command()
def peek(
    path: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="An export, or a folder or archive of them.")],
    debug: Debug = False,
) -> None:
    """Say what a file or folder is, and propose its cohort.toml. Reads only."""
    with _exit_codes(debug):
        from analysis.runner.progress import Voice
        from analysis.sources import peek as look
        from analysis.sources.peek import peek_lines

        voice = Voice()
        for line in peek_lines(look(path)):
            voice.say(line)


@app.command()
def template(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="strength, rom, weekly, injuries or hip-work.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: KIND.xlsx here.")] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a workbook to type into, and print the block of cohort.toml that reads it."""
    with _exit_codes(debug):
        from analysis.runner import Voice
        from analysis.sources.template import write_template

        path = out or Path(f"{kind}.xlsx")
        block = write_template(kind, path)
        voice = Voice(quiet)
        voice.say(f"Written: {path}. Put it into the cohort's folder, and this into cohort.toml:\n")
        voice.say(block)


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The cohort's folder, new or empty.")],
    athletes: Annotated[int, typer.Option(min=1, help="How many runners.")] = 60,
    weeks: Annotated[int, typer.Option(min=1, help="How many weeks.")] = 26,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 1,
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML file of true effects; default: built in.")
    ] = None,
    null: Annotated[bool, typer.Option("--null", help="No effect exists.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a cohort as raw files, as untidy as real ones, with truth.json beside them."""
    with _exit_codes(debug):
        if truth is not None and null:
            raise InputError("--truth and --null: found both; expected one. Fix: leave one out.")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder}: there already; nothing is overwritten. Fix: name another folder.")
        from analysis.runner import Voice, simulate_into
        from analysis.simulate import null_truth, read_truth

        stated = null_truth() if null else read_truth(truth) if truth else None
        voice = Voice(quiet)
        with voice.waiting(f"Simulating {athletes} runners over {weeks} weeks"):
            simulate_into(folder, n_athletes=athletes, n_weeks=weeks, seed=seed, truth=stated)
        voice.say(f"Cohort: {folder}")


@app.command()
def report(
    cohort: Cohort,
    data: Data = Path("data"),
    out: Out = Path("reports"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Build the report again from the newest finished run."""
    with _exit_codes(debug):
        from analysis.runner import Voice, rebuild_report

        raise typer.Exit(rebuild_report(cohort, data, out, Voice(quiet), debug))


@app.command()
def power(
    claim: Annotated[str, typer.Option(help="What is to be found, such as dose_mobility.")] = "dose_mobility",
    athletes: Annotated[str, typer.Option(metavar="N,N", help="Numbers of runners.")] = "20,40,60",
    weeks: Annotated[str, typer.Option(metavar="N,N", help="Numbers of weeks.")] = "26",
    effect: Annotated[
        str | None,
        typer.Option(metavar="X,X", help="True effects; default: the simulator's. Rate ratios for injuries."),
    ] = None,
    replicates: Annotated[int, typer.Option(min=2, help="Simulated studies for each point.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same table.")] = 1,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a processor.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for power.csv, .svg, .png.")] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Plan a study: how often would one of this size find the effect, by simulation."""
    with _exit_codes(debug):
        from analysis.runner.power import PowerRequest, run_power
        from analysis.runner.progress import Voice

        jobs = jobs or os.cpu_count() or 1
        request = PowerRequest(claim, athletes, weeks, effect, replicates, seed, jobs, out)
        raise typer.Exit(run_power(request, Voice(quiet)))


@app.command()
def lab(debug: Debug = False) -> None:
    """Open JupyterLab on the notebooks; outside a checkout on a copy of them in ./notebooks."""
    with _exit_codes(debug):
        from analysis.runner import checkout, notebooks_folder

        folder = notebooks_folder()
        if checkout() is None:
            folder = _own_copy(folder, Path("notebooks"))
        command = [sys.executable, "-m", "jupyterlab", str(folder)]
        if os.name == "nt":  # there exec gives the prompt back while JupyterLab still runs
            raise typer.Exit(subprocess.call(command))
        os.execv(sys.executable, command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hiprun {__version__}")
        raise typer.Exit(0)


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and leave."),
    ] = False,
) -> None:
    """Nothing: the options above act by themselves."""


def _own_copy(packaged: Path, folder: Path) -> Path:
    if not folder.exists():
        shutil.copytree(packaged, folder)
        typer.echo(f"Notebooks copied to {folder}. Note: hiprun run goes on using those it came with.")
    return folder


@contextmanager
def _exit_codes(debug: bool) -> Iterator[None]:
    """Errors that a user can mend become a message and an exit code."""
    try:
        yield
    except (HiprunError, OSError) as error:
        if debug:
            typer.echo("".join(traceback.format_exception(error)), err=True)
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, InputError) else 1) from error
    except KeyboardInterrupt as interrupt:
        typer.echo("Interrupted. Finished stages are kept; the same command goes on from there.", err=True)
        raise typer.Exit(INTERRUPTED) from interrupt


def _defect(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """An error that nobody foresaw: one line, or all of it with --debug. Python then exits with 1."""
    if "--debug" in sys.argv:
        sys.__excepthook__(kind, error, where)
    else:
        typer.echo(f"hiprun has a defect: {kind.__name__}: {error}. --debug shows where.", err=True)


if __name__ == "__main__":
    main()
