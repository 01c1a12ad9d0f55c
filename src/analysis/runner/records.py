"""What each finished stage leaves behind: its fingerprint and the files it wrote, with their hashes.

A stage is finished when its record holds today's fingerprint and every file it wrote is still there as
it was. So a run killed at any moment continues, and data of another run are never taken for this one's.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.runner.fingerprints import file_digest
from analysis.study import Folders, write_atomically

Seen = dict[str, tuple[int, int, int]]


@dataclass(frozen=True)
class Record:
    """One finished stage: `seconds` it took, and per file it wrote the sha256 ('room/path' -> hash)."""

    stage: str
    fingerprint: str
    seconds: float
    outputs: dict[str, str]


@dataclass(frozen=True)
class RunFolder:
    """The places of one run: where stages write, where their records and executed notebooks are."""

    folders: Folders
    run_id: str

    @property
    def path(self) -> Path:
        """reports/<cohort>/<run>."""
        return self.folders.run(self.run_id)

    @property
    def internal(self) -> Path:
        """What stays in the house: executed notebooks, results, problems."""
        return self.path / "internal"

    @property
    def rooms(self) -> dict[str, Path]:
        """The folders stages write to, by the name used in a record."""
        return {
            "processed": self.folders.processed,
            "results": self.internal / "results",
            "share": self.path / "share",
        }

    def notebook(self, stage: str, failed: bool = False) -> Path:
        """The executed notebook of a stage."""
        return self.internal / "notebooks" / f"{stage}{'.failed' if failed else ''}.ipynb"

    def record(self, stage: str) -> Path:
        """The record of a finished stage."""
        return self.internal / "stages" / f"{stage}.json"

    def file(self, output: str) -> Path:
        """The file named 'room/path' in a record."""
        room, _, rest = output.partition("/")
        return self.rooms[room] / rest


def read_record(run: RunFolder, stage: str) -> Record | None:
    """The record of a stage, or None where it never finished. Records are written in one step."""
    path = run.record(stage)
    return Record(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def write_record(run: RunFolder, record: Record) -> None:
    """Keep the record; this is the moment the stage counts as finished."""
    write_json(run.record(record.stage), asdict(record))


def write_json(path: Path, value: object) -> None:
    """Write JSON in one step: a reader sees the old file or the new one, never a part."""
    with write_atomically(path) as beside:
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        beside.write_text(text, encoding="utf-8")


def see(run: RunFolder) -> Seen:
    """Every file stages may have written, with what changes when it is written again."""
    return {
        f"{room}/{path.relative_to(folder).as_posix()}": (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        for room, folder in run.rooms.items()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and (stat := path.stat())
    }


def written_since(run: RunFolder, before: Seen) -> dict[str, str]:
    """The files written since `before` was seen, with their sha256."""
    return {name: file_digest(run.file(name)) for name, mark in see(run).items() if before.get(name) != mark}


def unfinished(run: RunFolder, fingerprints: Mapping[str, str]) -> set[str]:
    """The stages that have to run: never finished, other fingerprint, or a file changed or gone.

    `fingerprints` holds the stages in order.
    """
    current = {
        stage
        for stage, fingerprint in fingerprints.items()
        if (record := read_record(run, stage)) is not None
        and record.fingerprint == fingerprint
        and run.notebook(stage).is_file()
    }
    changed = changed_files(run, [stage for stage in fingerprints if stage in current])
    return (set(fingerprints) - current) | changed.keys()


def changed_files(run: RunFolder, stages: Iterable[str]) -> dict[str, list[str]]:
    """Per stage, the files it wrote that are not as the last of the finished `stages` (in order) left them.

    Stages whose files are all in place are left out.
    """
    records = [record for stage in stages if (record := read_record(run, stage)) is not None]
    last = {name: sha for record in records for name, sha in record.outputs.items()}
    changed = {name for name, sha in last.items() if not _is(run.file(name), sha)}
    by_stage = {record.stage: sorted(changed & record.outputs.keys()) for record in records}
    return {stage: names for stage, names in by_stage.items() if names}


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and file_digest(path) == sha256


def forget(run: RunFolder, stages: Iterable[str]) -> None:
    """Take back what stages left in the run folder, before they run again: no stale table is handed out.

    The processed data stay: an earlier stage may have written the same file.
    """
    for stage in stages:
        record = read_record(run, stage)
        run.record(stage).unlink(missing_ok=True)
        run.notebook(stage).unlink(missing_ok=True)
        run.notebook(stage, failed=True).unlink(missing_ok=True)
        for name in record.outputs if record else ():
            if not name.startswith("processed/"):
                run.file(name).unlink(missing_ok=True)


def sweep(run: RunFolder) -> None:
    """Remove what a killed run had half written: the hidden files of `write_atomically`."""
    for folder in (run.internal, *run.rooms.values()):
        for path in folder.rglob(".*"):
            if path.is_file():
                path.unlink()


def clear_processed(folders: Folders) -> None:
    """Empty a cohort's processed folder before the first stage writes it anew.

    Else a table that this run does not have could be read from the run before.
    """
    for path in (*folders.processed.glob("*.parquet"), *folders.processed.glob("*.json")):
        path.unlink(missing_ok=True)
