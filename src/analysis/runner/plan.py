"""Before anything runs: which run this is, which stages it has and what each of them is told."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import analysis
from analysis.errors import HiprunError
from analysis.runner.fingerprints import code_digest, digest, input_digests, versions
from analysis.runner.records import Record, RunFolder, read_record
from analysis.runner.stages import PACKAGE, Stage
from analysis.study import Folders, Study, read_study

RUN_ID_LENGTH = 12


@dataclass(frozen=True)
class Asked:
    """Which stages the user wants: places from 0 on, None where not said."""

    start: int | None = None
    only: int | None = None
    force: bool = False

    def starts(self, place: int, to_do: bool) -> bool:
        """Whether the stage at `place` is run; `to_do` says whether it is unfinished or stale."""
        if self.only is not None:
            return place == self.only
        return to_do or self.force or (self.start is not None and place >= self.start)


@dataclass(frozen=True)
class Prepared:
    """One run, known before its first stage: the run folder, stages, values and fingerprints."""

    run: RunFolder
    stages: tuple[Stage, ...]
    study: Study
    inputs: dict[str, str]
    values: dict[str, dict[str, object]]
    fingerprints: dict[str, str]

    def told(self, stage: Stage) -> dict[str, object]:
        """All that papermill puts into a notebook; folders as absolute paths."""
        folders = self.run.folders
        common = {"cohort": folders.cohort, "data_dir": str(folders.data), "run_dir": str(self.run.path)}
        return self.values[stage.name] | common

    def record(self, stage: Stage) -> Record | None:
        """What the stage left when it finished, if it did with this fingerprint."""
        record = read_record(self.run, stage.name)
        return record if record and record.fingerprint == self.fingerprints[stage.name] else None


def prepare(
    folders: Folders,
    stages: tuple[Stage, ...],
    given: Mapping[str, Mapping[str, object]],
    run_id: str | None = None,
) -> Prepared:
    """Work out the run of a cohort. `given` holds per stage the typed values set with -p.

    The same raw files, parameters, study and version of hiprun give the same `run_id`, so a run goes on
    where it was; an edited notebook or module keeps the run folder and makes stages stale.
    Raises `InputError` for an unreadable study.toml.
    """
    study = read_study(folders.raw / "study.toml")
    inputs = input_digests(folders.raw)
    values = {stage.name: stage.values(dict(given[stage.name])) for stage in stages}
    identity = {
        "inputs": inputs,
        "parameters": values,
        "study": asdict(study),
        "hiprun": analysis.__version__,
    }
    run = RunFolder(folders, run_id or digest(identity)[:RUN_ID_LENGTH])
    made_with = {**identity, "code": code_digest(PACKAGE), "versions": versions()}
    return Prepared(run, stages, study, inputs, values, _fingerprints(stages, values, made_with))


def _fingerprints(
    stages: tuple[Stage, ...], values: dict[str, dict[str, object]], made_with: dict[str, object]
) -> dict[str, str]:
    """Per stage a hash of all it rests on; each holds the one before it."""
    fingerprints: dict[str, str] = {}
    before = digest({k: v for k, v in made_with.items() if k != "parameters"})
    for stage in stages:
        before = digest([before, stage.name, stage.content, values[stage.name]])
        fingerprints[stage.name] = before
    return fingerprints


def absent_tables(prepared: Prepared, stage: Stage) -> list[str]:
    """The tables that `stage` needs and this cohort does not have.

    There are the tables named in processed/<cohort>/cohort.json and those that a finished stage of this
    run wrote as Parquet; a file left by another run does not count.
    """
    if not stage.needs:
        return []
    there = _tables_read(prepared) | _tables_made(prepared)
    return [table for table in stage.needs if table not in there]


def _tables_read(prepared: Prepared) -> set[str]:
    path = prepared.run.folders.processed / "cohort.json"
    if not path.is_file():
        raise HiprunError(f"{path}: not there; expected the first stage to write it. Fix: run with --force.")
    return set(json.loads(path.read_text(encoding="utf-8"))["tables"])


def _tables_made(prepared: Prepared) -> set[str]:
    records = [record for stage in prepared.stages if (record := prepared.record(stage)) is not None]
    written = [name.removeprefix("processed/") for record in records for name in record.outputs]
    return {name.removesuffix(".parquet") for name in written if name.endswith(".parquet")}
