"""What is wrong with the files of a cohort, said so that a person can find the cell and mend it."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

import pandas as pd

SEVERITIES = ("error", "warning", "decision")
_E_MAIL = re.compile(r"(?<![^\s@,;<>])[^\s@,;<>]+@[^\s@,;<>]+\.[A-Za-z]{2,}")
_PERSON = re.compile(r"[^\W\d_]{2,}(?:[,.]?\s+[^\W\d_]{2,})+")
_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Problem:
    """One thing found in one place. An `error` stops a run, a `warning` does not, a `decision` tells what
    was concluded from the file, on which evidence, and how to overrule it.

    `file` is relative to the cohort's folder, `place` is "line 12" or "Kraft!F17" (physical rows), `column`
    is the header in the file, or the key in cohort.toml.
    """

    file: str
    sheet: str
    place: str
    column: str
    code: str
    severity: str
    found: str
    expected: str
    fix: str

    @property
    def text(self) -> str:
        """The problem on one line."""
        where = f"{self.file}:{self.place}" if self.place else self.file
        column = f' column "{self.column}":' if self.column else ""
        return printable(f"{where} {self.code}{column} found {self.found}; expected {self.expected}. Fix: {self.fix}.")


@dataclass(frozen=True)
class ProblemGroup:
    """Problems alike in file, column, code and severity: how many, and the first few of them."""

    severity: str
    n: int
    shown: tuple[Problem, ...]

    @property
    def lines(self) -> list[str]:
        """The shown problems, and how many more there are."""
        more = self.n - len(self.shown)
        return [p.text for p in self.shown] + ([f"  … and {more} more like this"] if more else [])


def group_problems(problems: Iterable[Problem], shown: int = 3) -> list[ProblemGroup]:
    """Problems of one kind together, errors first, `shown` of each kind kept for printing."""
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for p in problems:
        groups.setdefault((p.severity, p.file, p.sheet, p.column, p.code), []).append(p)
    ordered = sorted(groups.values(), key=lambda group: SEVERITIES.index(group[0].severity))
    return [ProblemGroup(group[0].severity, len(group), tuple(group[:shown])) for group in ordered]


def problems_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """One row a problem, columns as the fields of `Problem`, all text."""
    names = [f.name for f in fields(Problem)]
    return pd.DataFrame([[getattr(p, n) for n in names] for p in problems], columns=names, dtype="str")


def quoted(value: object) -> str:
    """A value as it may stand in a message: e-mail addresses masked, cut after 60 characters."""
    text = _E_MAIL.sub("***@***", printable(str(value)))
    return f'"{text[:_LONGEST_SHOWN]}…"' if len(text) > _LONGEST_SHOWN else f'"{text}"'


def printable(text: str) -> str:
    """Text on one line, its control characters escaped: a cell may hold what a terminal would obey."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(text.split()))


def quoted_id(value: object) -> str:
    """An athlete's id as in the file; where it looks like a person's name, initials only."""
    text = str(value).strip()
    if _PERSON.fullmatch(text):
        text = " ".join(f"{part[0]}…" for part in text.split())
    return quoted(text)


def has_e_mail(text: str) -> bool:
    """Whether an e-mail address stands in the text."""
    return _E_MAIL.search(text) is not None


def closest(wanted: str, known: Iterable[str]) -> str:
    """The known names nearest to `wanted`, as text: 'closest: "a", "b"'; '' where there is none at all."""
    names = list(dict.fromkeys(str(k) for k in known if str(k)))
    by_fold = {n.casefold(): n for n in names}
    found = difflib.get_close_matches(wanted.casefold(), by_fold, n=3, cutoff=0.5) or list(by_fold)[:3]
    return "closest: " + ", ".join(quoted(by_fold[f]) for f in found) if found else ""
