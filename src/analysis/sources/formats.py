"""Which reader reads which kind of file. Another format is another line here."""

from collections.abc import Callable

from analysis.sources.apple_health import read_apple_health
from analysis.sources.blob import DAMAGED, Blob, Refused
from analysis.sources.calamine_file import read_xls
from analysis.sources.csv_file import read_csv
from analysis.sources.fit_file import read_fit
from analysis.sources.gpx_file import read_gpx
from analysis.sources.ods_file import read_ods
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, Reading, ReadingRules, keep_all
from analysis.sources.tcx_file import read_tcx
from analysis.sources.xlsx_file import read_xlsx

READERS: dict[str, Callable[[Blob, ReadingRules, Keep], Reading]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_xlsx,
    ".xlsm": read_xlsx,
    ".xls": read_xls,
    ".ods": read_ods,
    ".fit": read_fit,
    ".gpx": read_gpx,
    ".tcx": read_tcx,
    ".xml": read_apple_health,
}
"""Suffix to reader: file, rules, columns to keep -> Reading."""


def read_raw(blob: Blob, rules: ReadingRules | None = None, keep: Keep = keep_all) -> Reading:
    """The cells of a file; nothing is concluded about what they mean.

    What cannot be read (no such format, a folder, no permission) is a problem of the reading, not an exception.
    """
    reader = READERS.get(blob.suffix)
    if blob.path.is_dir():
        return unreadable(blob.name, "a folder", "a file", "name the files in it, such as folder/*.csv")
    if reader is None:
        known = ", ".join(READERS)
        return unreadable(
            blob.name, f"a file of kind {quoted(blob.suffix)}", f"one of {known}", "export it as CSV or XLSX"
        )
    try:
        return reader(blob, rules or ReadingRules(), keep)
    except Refused as refused:
        return unreadable(blob.name, refused.found, refused.expected, refused.fix)
    except OSError as error:
        return unreadable(
            blob.name,
            f"a file that cannot be opened ({error.strerror or type(error).__name__})",
            "a readable file",
            "check that it is there and may be read",
        )
    except DAMAGED as error:
        return unreadable(
            blob.name, f"a damaged archive ({quoted(error)})", "an archive that opens", "export or copy it again"
        )


def unreadable(file: str, found: str, expected: str, fix: str) -> Reading:
    """A reading of nothing, with the reason."""
    return Reading(None, (Problem(file, "", "", "", "FORMAT", "error", found, expected, fix),))
