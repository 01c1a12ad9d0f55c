"""The files of a cohort: found by their globs, hashed, read into pieces by table."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from analysis.sources.assemble import Ledger
from analysis.sources.blob import DAMAGED, Blob, Refused, find_blobs
from analysis.sources.convert import Wrong
from analysis.sources.formats import read_raw
from analysis.sources.large_piece import is_large, read_large
from analysis.sources.mapping import COHORT_FILE, CohortMapping, FileMapping
from analysis.sources.piece import Piece, read_piece
from analysis.sources.problems import Problem, closest, printable, quoted
from analysis.sources.raw_table import Reading
from analysis.sources.redcap import columns_to_read, settle_redcap
from analysis.sources.redcap_dictionary import Dictionary, read_dictionary
from analysis.sources.text_blocks import NotPlain
from analysis.sources.unpivot import read_part
from analysis.tables import RAW_TABLES

_CHUNK = 1 << 20
MAY_BE_EMPTY = ("injuries",)
"""Tables of which nobody may have a row: what did not happen is known once somebody looked."""


Told = Callable[[str, int, int], None]
"""Gets a large file's name, how many of its bytes were read, and how many it has, as it is read."""


def tell_nobody(_file: str, _read: int, _of: int) -> None:
    """Nobody is waiting."""


def read_pieces(
    folder: Path, mapping: CohortMapping, ledger: Ledger, tell: Told = tell_nobody
) -> tuple[dict[str, list[Piece]], dict[str, str]]:
    """Table -> its pieces (in the order of cohort.toml, files by name), and file -> sha256."""
    pieces: dict[str, list[Piece]] = {name: [] for name in RAW_TABLES}
    inputs: dict[str, str] = {}
    before: dict[str, tuple[int, int] | None] = {}
    for how in mapping.files:
        of_block = []
        dictionary = _dictionary(folder, how, inputs, ledger)
        if how.dictionary and dictionary is None:
            continue
        for blob in _matching(folder, how.path, "path", how, ledger):
            file = blob.path.relative_to(folder).as_posix()
            if blob.path.is_file() and file not in inputs:
                before[file] = _state(blob.path)
                inputs[file] = _sha256(blob.path)
            named = _with_path(how, blob, ledger)
            large = named and _large(blob, named, mapping.timezone, ledger, tell)
            if large is not None:
                of_block.append(large)
                continue
            reading = read_raw(blob, how.rules, columns_to_read(how, dictionary))
            ledger.problems.extend(reading.problems)
            if reading.table is not None and named is not None:
                settled = settle_redcap(reading.table, named, dictionary, ledger.problems)
                if settled is not None:
                    of_block.append(read_piece(*settled, mapping.timezone, ledger.problems))
                ledger.problems += _no_rows(reading, how)
        pieces[how.table.name] += of_block
        ledger.problems += _nothing_kept(of_block)
    ledger.problems += [_changed(file) for file, state in before.items() if _state(folder / file) != state]
    return pieces, {file: digest for file, digest in inputs.items() if digest}


def _large(blob: Blob, how: FileMapping, zone: ZoneInfo, ledger: Ledger, tell: Told) -> Piece | None:
    """A large file read by its columns; None where it is small, or has to be read cell by cell."""
    try:
        if not is_large(blob, how):
            return None
        size = blob.path.stat().st_size
        return read_large(blob, how, zone, ledger.problems, lambda read: tell(blob.name, read, size))
    except (NotPlain, Refused, OSError, *DAMAGED):  # `read_raw` reads it, or says what is wrong
        return None


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


def _with_path(how: FileMapping, blob: Blob, ledger: Ledger) -> FileMapping | None:
    """The mapping with what `from_path` finds in the file's path; None, and a problem, where it finds nothing."""
    if how.from_path is None:
        return how
    match = how.from_path.fullmatch(blob.name)
    if match is None:
        expected = f"a path that matches {quoted(how.from_path.pattern)}"
        ledger.problems.append(_path_problem(blob, "a path that from_path does not match", expected, "correct it"))
        return None
    found = {}
    for name, text in match.groupdict().items():
        value = read_part(text, how.table[name], how.codes.get(name, {}))
        if isinstance(value, Wrong):
            ledger.problems.append(_path_problem(blob, f"{quoted(text)} as {name}", value.expected, value.fix))
            return None
        found[name] = value
    return replace(how, constants={**how.constants, **found})


def _path_problem(blob: Blob, found: str, expected: str, fix: str) -> Problem:
    return Problem(blob.name, "", "", "from_path", "FILE", "error", found, expected, fix)


def _dictionary(folder: Path, how: FileMapping, inputs: dict[str, str], ledger: Ledger) -> Dictionary | None:
    """The REDCap data dictionary that a [[file]] names; None where it names none or it cannot be read, a problem."""
    blobs = _matching(folder, how.dictionary, "dictionary", how, ledger) if how.dictionary else []
    if not blobs:
        return None
    if len(blobs) > 1:
        place, found = f"[[file]] {how.number} ({how.path})", f"{len(blobs)} files of that name"
        problem = Problem(COHORT_FILE, "", place, "dictionary", "FILE", "error", found, "one file", "name one of them")
        ledger.problems.append(problem)
        return None
    inputs.setdefault(blobs[0].path.relative_to(folder).as_posix(), _sha256(blobs[0].path))
    dictionary, problems = read_dictionary(blobs[0])
    ledger.problems += problems
    return dictionary


def _matching(folder: Path, path: str, key: str, how: FileMapping, ledger: Ledger) -> list[Blob]:
    """The files a path or glob (at `key` of a [[file]]) names; none is a problem that names the nearest."""
    place = f"[[file]] {how.number} ({how.path})"
    try:
        found = find_blobs(folder, path)
    except Refused as refused:
        said, expected, fix = printable(refused.found), refused.expected, refused.fix
        ledger.problems.append(Problem(COHORT_FILE, "", place, key, "FILE", "error", said, expected, fix))
        return []
    except (*DAMAGED, OSError) as error:
        said = f"an archive that cannot be opened ({quoted(error)})"
        fix = "export or copy it again, without a password"
        ledger.problems.append(Problem(COHORT_FILE, "", place, key, "FILE", "error", said, "a ZIP archive", fix))
        return []
    if not found:
        there = sorted(
            p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != COHORT_FILE
        )
        hint = closest(path, there)
        expected = f"a file {quoted(path)} in the cohort's folder"
        fix = f"add the file or correct {key}{f' ({hint})' if hint else ''}"
        ledger.problems.append(Problem(COHORT_FILE, "", place, key, "FILE", "error", "no such file", expected, fix))
    return found


def _state(path: Path) -> tuple[int, int] | None:
    """Size and time of change; None where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _changed(file: str) -> Problem:
    fix = "close the program that writes it, and check again"
    return Problem(file, "", "", "", "FILE", "error", "a file that changed while it was read", "a file at rest", fix)


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
