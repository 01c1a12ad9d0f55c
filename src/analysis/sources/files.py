"""The files of a cohort: found by their globs, hashed, read into pieces by table."""

import hashlib
from pathlib import Path

from analysis.sources.assemble import Ledger
from analysis.sources.formats import read_raw
from analysis.sources.header import find_positions
from analysis.sources.mapping import COHORT_FILE, CohortMapping, FileMapping
from analysis.sources.piece import Piece, read_piece
from analysis.sources.problems import Problem, closest, quoted
from analysis.sources.raw_table import Reading
from analysis.tables import RAW_TABLES

_CHUNK = 1 << 20
MAY_BE_EMPTY = ("injuries",)
"""Tables of which nobody may have a row: what did not happen is known once somebody looked."""


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
                ledger.problems += _no_rows(reading, how)
        of_block = [piece for piece in pieces[how.table.name] if piece.mapping is how]
        ledger.problems += _nothing_kept(of_block)
    return pieces, {file: digest for file, digest in inputs.items() if digest}


def _no_rows(reading: Reading, how: FileMapping) -> list[Problem]:
    """A header without rows is an error; for injuries, read without any trouble, it says that there were none."""
    table = reading.table
    if len(table):
        return []
    if how.table.name in MAY_BE_EMPTY and not any(p.severity == "error" for p in reading.problems):
        found = f"a header and no rows: no {how.table.name} recorded"
        fix = "nothing to do if there were none, else export again"
        return [table.problem("EMPTY", found, f"the {how.table.name}, if any", fix, severity="decision")]
    return [table.problem("EMPTY", "a header and no rows", "rows", "export again, or remove this [[file]]")]


def _nothing_kept(of_block: list[Piece]) -> list[Problem]:
    """`where` that leaves out every row of every file of its block is more likely mistyped than meant."""
    n_left_out = sum(sum(piece.dropped.values()) for piece in of_block)
    if not n_left_out or any(len(piece.raw) for piece in of_block):
        return []
    how, raw = of_block[0].mapping, of_block[0].raw
    words = "; ".join(of_block[0].dropped)
    fix = "correct where (its words are compared letter by letter)"
    if how.table.name in MAY_BE_EMPTY:
        fix += f", or, if no {how.table.name} were recorded, name a file that has a header only"
    return [raw.problem("EMPTY", f"no row that where keeps ({n_left_out} left out: {words})", "rows", fix)]


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
