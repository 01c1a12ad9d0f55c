"""Reading a cohort only to say what is wrong with it: every problem at once."""

from pathlib import Path

from analysis.runner.progress import Voice
from analysis.runner.records import RunFolder
from analysis.study import Study

SEVERITIES = ("error", "warning", "decision")


def check_inputs(run: RunFolder, study: Study, voice: Voice, in_full: bool = True) -> int:
    """Read the raw folder, print its problems and write internal/problems.csv.

    Three problems of a kind are printed, all are in the file; `in_full=False` prints errors alone.
    Returns the number of errors. Raises `InputError` where there is no readable cohort.toml.
    """
    from analysis.sources import group_problems, problems_frame, read_cohort
    from analysis.tables.plain_csv import write_csv

    with voice.reading(f"Checking {shown(run.folders.raw)}") as tell:
        cohort = read_cohort(run.folders.raw, study, tell)
    problems_csv = run.internal / "problems.csv"
    write_csv(problems_frame(cohort.problems), problems_csv)
    for group in group_problems(cohort.problems):
        is_error = group.severity == "error"
        for line in group.lines if is_error or in_full else ():
            (voice.warn if is_error else voice.say)(f"{group.severity}: {line}")
    found = [p.severity for p in cohort.problems]
    voice.say(f"{_told(found)}. All of them: {shown(problems_csv)}")
    return found.count("error")


def _told(severities: list[str]) -> str:
    counts = {s: severities.count(s) for s in SEVERITIES}
    return ", ".join(f"{n} {s}{'' if n == 1 else 's'}" for s, n in counts.items() if n) or "No problems"


def shown(path: Path) -> str:
    """A path as a person reads it: from the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
