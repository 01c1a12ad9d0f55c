"""What the commands of the command line do; each gives back an exit code."""

from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import HiprunError, InputError
from analysis.runner.check import check_inputs, shown
from analysis.runner.cohorts import DEMO, choose_cohorts, simulate_demo
from analysis.runner.manifest import Manifest, new_manifest, newest_finished
from analysis.runner.parameters import split_given, typed_values
from analysis.runner.plan import Asked, prepare
from analysis.runner.progress import Voice
from analysis.runner.run import FAILED, INVALID, OK, CohortRun, tell_error
from analysis.runner.stages import Stage, notebooks_folder, position, read_stages
from analysis.study import Folders

Given = dict[str, dict[str, object]]


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line of `hiprun run`."""

    cohorts: list[str] = field(default_factory=list)
    everything: bool = False
    parameters: list[str] = field(default_factory=list)
    start: str | None = None
    only: str | None = None
    data: Path = Path("data")
    out: Path = Path("reports")
    force: bool = False
    debug: bool = False


def run_cohorts(request: Request, voice: Voice, notebooks: Path | None = None) -> int:
    """Run the cohorts one after another; a failing one does not stop the next. Returns the worst exit code.

    Several cohorts are also put on one page (`runner.pooled`), estimates only.

    Everything said on the command line is checked before anything runs: raises `InputError` for an unknown
    parameter, stage or cohort.
    """
    stages = read_stages(notebooks or notebooks_folder())
    declared = {stage.name: stage.parameters for stage in stages}
    given = typed_values(split_given(request.parameters), declared)
    asked = _asked(request, stages)
    names = choose_cohorts(request.cohorts, request.everything, request.data)
    exit_codes = {}
    for name in names:
        if len(names) > 1:
            voice.say(f"\n{name}")
        folders = _folders(name, request.data, request.out)
        exit_codes[name] = _run_one(folders, stages, given, asked, voice, request.debug)
    return max(*exit_codes.values(), _pool(exit_codes, request.out.resolve(), voice, request.debug))


def check_cohort(cohort: str, data: Path, out: Path, voice: Voice, notebooks: Path | None = None) -> int:
    """Say all that is wrong with a cohort's raw files; 2 where there are errors, warnings are fine."""
    choose_cohorts([cohort], False, data)
    stages = read_stages(notebooks or notebooks_folder())
    prepared = prepare(_folders(cohort, data, out), stages, _nothing_given(stages))
    return INVALID if check_inputs(prepared.run, prepared.study, voice) else OK


def rebuild_report(
    cohort: str, data: Path, out: Path, voice: Voice, debug: bool = False, notebooks: Path | None = None
) -> int:
    """Build the report of a cohort's newest finished run again.

    Raises `InputError` where no run is finished or its results are no longer as they were left.
    """
    choose_cohorts([cohort], False, data)
    folders = _folders(cohort, data, out)
    stages = read_stages(notebooks or notebooks_folder())
    newest = newest_finished(folders.out / cohort)
    if newest is None:
        raise InputError(f"{shown(folders.out / cohort)}: no finished run. Fix: hiprun run {cohort}")
    if [entry["name"] for entry in newest["stages"]] != [stage.name for stage in stages]:
        raise InputError(f"run {newest['run_id']}: made with other notebooks. Fix: hiprun run {cohort}")
    given = {s.name: {n: v for n, v in newest["parameters"].items() if n in s.parameters} for s in stages}
    prepared = prepare(folders, stages, given, run_id=newest["run_id"])
    manifest = Manifest(prepared.run.path / "run.json", newest)
    return CohortRun(prepared, manifest, voice, debug).rebuild_report()


def _asked(request: Request, stages: tuple[Stage, ...]) -> Asked:
    if request.start is not None and request.only is not None:
        raise InputError("--from and --only: found both; expected one. Fix: leave one out.")
    start = None if request.start is None else position(stages, request.start, "--from")
    only = None if request.only is None else position(stages, request.only, "--only")
    return Asked(start, only, request.force)


def _run_one(folders: Folders, stages: tuple[Stage, ...], given: Given, asked: Asked, voice: Voice, debug: bool) -> int:
    try:
        if folders.cohort == DEMO and not folders.raw.exists():
            simulate_demo(folders, voice)
        prepared = prepare(folders, stages, given)
        manifest = new_manifest(prepared, given)
        return CohortRun(prepared, manifest, voice, debug).run(asked)
    except HiprunError as error:
        tell_error(voice, error, folders.cohort, debug)
        return INVALID if isinstance(error, InputError) else FAILED


def _pool(exit_codes: dict[str, int], out: Path, voice: Voice, debug: bool) -> int:
    if len(exit_codes) < 2:
        return OK
    from analysis.runner.pooled import pool_cohorts

    try:
        pool_cohorts(exit_codes, out, voice)
    except HiprunError as error:
        tell_error(voice, error, "pooled page", debug)
        return FAILED
    return OK


def _folders(cohort: str, data: Path, out: Path) -> Folders:
    # Notebooks run in another folder: paths have to hold there too.
    return Folders(cohort, data.resolve(), out.resolve())


def _nothing_given(stages: tuple[Stage, ...]) -> Given:
    return {stage.name: {} for stage in stages}
