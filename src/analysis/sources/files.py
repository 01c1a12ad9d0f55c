"""The files of a cohort: found by their globs, hashed, read into pieces by table."""

import hashlib
from pathlib import Path

from analysis.sources.assemble import Ledger
from analysis.sources.formats import read_raw
from analysis.sources.header import find_positions
from analysis.sources.mapping import COHORT_FILE, CohortMapping, FileMapping
from analysis.sources.piece import Piece, read_piece
from analysis.sources.problems import Problem, closest, quoted
from analysis.tables import RAW_TABLES

_CHUNK = 1 << 20


def read_pieces(folder: Path, mapping: CohortMapping, ledger: Ledger) -> tuple[dict[str, list[Piece]], dict[str, str]]:
    """Table -> its pieces (in the order of cohort.toml, files by name), and file -> sha256."""
    pieces: dict[str, list[Piece]] = {name: [] for name in RAW_TABLES}
    inputs: dict[str, str] = {}
    for how in mapping.files:
        for path in _matching(folder, how, ledger):
            file = path.relative_to(folder).as_posix()
            if path.is_file() and file not in inputs:
                inputs[file] = _sha256(path)
            reading = read_raw(path, file, how.rules, lambda header, how=how: find_positions(header, how).all)
            ledger.problems.extend(reading.problems)
            if reading.table is not None:
                pieces[how.table.name].append(read_piece(reading.table, how, mapping.timezone, ledger.problems))
    return pieces, {file: digest for file, digest in inputs.items() if digest}


def _matching(folder: Path, how: FileMapping, ledger: Ledger) -> list[Path]:
    """The files a path or glob names; none is a problem that names the nearest."""
    exact = folder / how.path
    if exact.exists():
        return [exact]
    found = sorted(path for path in folder.glob(how.path) if path.is_file())
    if not found:
        there = sorted(
            p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != COHORT_FILE
        )
        hint = closest(how.path, there)
        place = f"[[file]] {how.number} ({how.path})"
        ledger.problems.append(
            Problem(
                COHORT_FILE,
                "",
                place,
                "path",
                "FILE",
                "error",
                "no such file",
                f"a file {quoted(how.path)} in the cohort's folder",
                f"add the file or correct path{f' ({hint})' if hint else ''}",
            )
        )
    return found


def _sha256(path: Path) -> str:
    """The digest of a file; "" where it cannot be opened, which reading it reports."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()
