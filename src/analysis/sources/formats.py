"""Which reader reads which kind of file. Another format is another line here."""

from collections.abc import Callable
from pathlib import Path

from analysis.sources.csv_file import read_csv
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, Reading, ReadingRules, keep_all
from analysis.sources.xlsx_file import read_xlsx

READERS: dict[str, Callable[[Path, str, ReadingRules, Keep], Reading]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_xlsx,
    ".xlsm": read_xlsx,
}
"""Suffix to reader: path, name for messages, rules, columns to keep -> Reading."""


def read_raw(path: Path, file: str, rules: ReadingRules | None = None, keep: Keep = keep_all) -> Reading:
    """The cells of the file at `path`, called `file` in problems; nothing is concluded about what they mean.

    What cannot be read (no such format, a folder, no permission) is a problem of the reading, not an exception.
    """
    reader = READERS.get(path.suffix.lower())
    if path.is_dir():
        return _unreadable(file, "a folder", "a file", "name the files in it, such as folder/*.csv")
    if reader is None:
        known = ", ".join(READERS)
        return _unreadable(file, f"a file of kind {quoted(path.suffix)}", f"one of {known}", "export it as CSV or XLSX")
    try:
        return reader(path, file, rules or ReadingRules(), keep)
    except OSError as error:
        return _unreadable(
            file,
            f"a file that cannot be opened ({error.strerror})",
            "a readable file",
            "check that it is there and may be read",
        )


def _unreadable(file: str, found: str, expected: str, fix: str) -> Reading:
    return Reading(None, (Problem(file, "", "", "", "FORMAT", "error", found, expected, fix),))
