"""One cohort through all stages: what is finished and unchanged is kept, the rest is run."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from analysis.errors import HiprunError, InputError
from analysis.runner.check import check_inputs, shown
from analysis.runner.manifest import Manifest
from analysis.runner.plan import Asked, Prepared, absent_tables
from analysis.runner.progress import StageBar, Voice
from analysis.runner.records import (
    Record,
    changed_files,
    clear_processed,
    forget,
    see,
    sweep,
    unfinished,
    write_record,
    written_since,
)
from analysis.runner.stages import Stage
from analysis.study import explain_internal

OK, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""


@dataclass
class CohortRun:
    """The run of one cohort at work."""

    prepared: Prepared
    manifest: Manifest
    voice: Voice
    debug: bool

    def run(self, asked: Asked) -> int:
        """Validate, run the stages and return the exit code; `run.json` tells the same.

        Raises `InputError` where --only names a stage whose earlier stages are not finished.
        """
        to_do = unfinished(self.prepared.run, self.prepared.fingerprints)
        if asked.only is not None:
            self._require_earlier(asked.only, to_do)
        sweep(self.prepared.run)
        self.manifest.start()
        explain_internal(self.prepared.run.path)
        return self._guarded(lambda: self._validate_and_run(asked, to_do))

    def rebuild_report(self) -> int:
        """Run the last stage alone, on the results as they are.

        Raises `InputError` where a file of an earlier stage is not as that stage left it.
        """
        run, stages = self.prepared.run, self.prepared.stages
        for stage, files in changed_files(run, [stage.name for stage in stages[:-1]]).items():
            raise InputError(
                f"{shown(run.path)}: {files[0]} is not as {stage} left it (another run wrote it, or it is "
                f"gone). Fix: hiprun run {run.folders.cohort}"
            )
        return self._guarded(self._run_last)

    def _validate_and_run(self, asked: Asked, to_do: set[str]) -> int:
        prepared = self.prepared
        validates = asked.starts(0, prepared.stages[0].name in to_do)
        if validates and check_inputs(prepared.run, prepared.study, self.voice, in_full=False):
            return self.manifest.end("invalid", INVALID)
        with self.voice.stages(len(prepared.stages)) as bar:
            self._run_stages(asked, to_do, bar)
        return self._done()

    def _run_last(self) -> int:
        with self.voice.stages(1) as bar:
            self._execute(self.prepared.stages[-1], bar)
        return self._done()

    def _guarded(self, work: Callable[[], int]) -> int:
        """Do the work; whatever ends it early stands in run.json."""
        try:
            return work()
        except KeyboardInterrupt:
            self._stop("interrupted", INTERRUPTED, "interrupted by the user")
            raise
        except HiprunError as error:
            tell_error(self.voice, error, self.prepared.run.folders.cohort, self.debug)
            bad_input = isinstance(error, InputError)
            state, exit_code = ("invalid", INVALID) if bad_input else ("failed", FAILED)
            return self._stop(state, exit_code, str(error).splitlines()[0])

    def _require_earlier(self, only: int, to_do: set[str]) -> None:
        for stage in self.prepared.stages[:only]:
            if stage.name in to_do and not absent_tables(self.prepared, stage):
                raise InputError(
                    f"--only {self.prepared.stages[only].name}: {stage.name} before it has not been run with these "
                    f"inputs, parameters and notebooks. Fix: run without --only, or with --from {stage.name}."
                )

    def _run_stages(self, asked: Asked, to_do: set[str], bar: StageBar) -> None:
        stale = False
        for place, stage in enumerate(self.prepared.stages):
            wanted = asked.starts(place, stale or stage.name in to_do)
            if absent := absent_tables(self.prepared, stage):
                self._cannot(stage, absent, bar)
            elif wanted:
                self._execute(stage, bar)
                stale = True
            else:
                self._keep(stage, stage.name in to_do, bar)

    def _execute(self, stage: Stage, bar: StageBar) -> None:
        from analysis.runner.execute import execute_stage

        run = self.prepared.run
        forget(run, [stage.name])
        if stage is self.prepared.stages[0]:
            clear_processed(run.folders)
        before = see(run)
        fingerprint = self.prepared.fingerprints[stage.name]
        self.manifest.stage(stage.name, "running", fingerprint=fingerprint, reused=False)
        bar.start(stage.name, stage.n_code_cells)
        started = time.monotonic()
        notebooks = run.notebook(stage.name), run.notebook(stage.name, failed=True)
        execute_stage(stage, self.prepared.told(stage), *notebooks, on_cell=bar.cell)
        seconds = round(time.monotonic() - started, 2)
        write_record(run, Record(stage.name, fingerprint, seconds, written_since(run, before)))
        self.manifest.stage(stage.name, "done", seconds=seconds)
        bar.end(stage.name, f"done in {seconds:.1f} s")

    def _keep(self, stage: Stage, to_do: bool, bar: StageBar) -> None:
        if to_do:
            self.manifest.stage(stage.name, "waiting")
            bar.end(stage.name, "left out (--only)")
            return
        record = self.prepared.record(stage)
        self.manifest.stage(stage.name, "done", seconds=record.seconds, fingerprint=record.fingerprint, reused=True)
        bar.end(stage.name, "unchanged, kept")

    def _cannot(self, stage: Stage, absent: list[str], bar: StageBar) -> None:
        forget(self.prepared.run, [stage.name])
        lacking = f"no {' and no '.join(absent)}"
        self.manifest.stage(stage.name, "cannot", reason=lacking)
        bar.end(stage.name, f"cannot be done: {lacking}")

    def _stop(self, state: str, exit_code: int, reason: str) -> int:
        for entry in self.manifest.content["stages"]:
            if entry["state"] == "running":
                self.manifest.stage(entry["name"], state, reason=reason)
        return self.manifest.end(state, exit_code)

    def _done(self) -> int:
        share = self.prepared.run.path / "share"
        reports = [p for n in ("report.html", "report.pdf") if (p := share / n).is_file()]
        for path in reports or [self.prepared.run.path]:
            self.voice.say(f"{'Report' if reports else 'Run'}: {shown(path)}")
        complete = all(entry["state"] in ("done", "cannot") for entry in self.manifest.content["stages"])
        return self.manifest.end("done" if complete else "partial", OK)


def tell_error(voice: Voice, error: HiprunError, cohort: str, debug: bool) -> None:
    """Say on standard error what is wrong; with `debug` also where in the code."""
    voice.warn(f"{cohort}: {error}")
    if debug:
        voice.warn(getattr(error, "details", "") or "".join(traceback.format_exception(error)))
