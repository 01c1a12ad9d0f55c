"""Write ostrc_cases.csv: every row of answers of both OSTRC versions with its score and classes, from grids by hand.

Run: python make_ostrc_cases.py ostrc_cases.csv

Nothing is computed here but the look-up: the grids below were written out cell by cell from the questionnaires
(Clarsen et al. 2013, BJSM 47:495; Clarsen et al. 2020, BJSM 54:390) and the rule of the Oslo centre's package
ostRc for missing answers, not with the functions under test. y yes, n no, ? unknown, . not answered.
"""

import csv
import itertools
import sys
from pathlib import Path

# Substantial. One grid a Q1 answer: a line is a Q2 answer, a column a Q3 answer. Q4 matters only where it
# contradicts the gatekeeper of version 2 (Q1 = 0 ends the form), in the two grids of Q1 = 0.
SUBSTANTIAL_2 = {
    "0 and q4 0 or .": """
        q2\\q3 0 8 17 25 .
        0      n ? ?  ?  n
        8      ? ? ?  ?  ?
        17     ? ? ?  ?  ?
        25     ? ? ?  ?  ?
        .      n ? ?  ?  n""",
    "0 and q4 above 0": """
        q2\\q3 0 8 17 25 .
        0      ? ? ?  ?  ?
        8      ? ? ?  ?  ?
        17     ? ? ?  ?  ?
        25     ? ? ?  ?  ?
        .      ? ? ?  ?  ?""",
    "8": """
        q2\\q3 0 8 17 25 .
        0      n n y  y  ?
        8      n n y  y  ?
        17     y y y  y  y
        25     y y y  y  y
        .      ? ? y  y  ?""",
    "17": """
        q2\\q3 0 8 17 25 .
        0      n n y  y  ?
        8      n n y  y  ?
        17     y y y  y  y
        25     y y y  y  y
        .      ? ? y  y  ?""",
    "25": """
        q2\\q3 0 8 17 25 .
        0      y y y  y  y
        8      y y y  y  y
        17     y y y  y  y
        25     y y y  y  y
        .      y y y  y  y""",
    ".": """
        q2\\q3 0 8 17 25 .
        0      ? ? y  y  ?
        8      ? ? y  y  ?
        17     y y y  y  y
        25     y y y  y  y
        .      ? ? y  y  ?""",
}
_KNOWN_1 = """
        q2\\q3 0 6 13 19 25 .
        0      n n y  y  y  ?
        6      n n y  y  y  ?
        13     y y y  y  y  y
        19     y y y  y  y  y
        25     y y y  y  y  y
        .      ? ? y  y  y  ?"""
SUBSTANTIAL_1 = {
    "0": _KNOWN_1,
    "8": _KNOWN_1,
    "17": _KNOWN_1,
    "25": """
        q2\\q3 0 6 13 19 25 .
        0      y y y  y  y  y
        6      y y y  y  y  y
        13     y y y  y  y  y
        19     y y y  y  y  y
        25     y y y  y  y  y
        .      y y y  y  y  y""",
    ".": """
        q2\\q3 0 6 13 19 25 .
        0      ? ? y  y  y  ?
        6      ? ? y  y  y  ?
        13     y y y  y  y  y
        19     y y y  y  y  y
        25     y y y  y  y  y
        .      ? ? y  y  y  ?""",
}

# Health problem. A pair of questions is 0 (both 0), + (one above 0) or . (nothing above 0, one or both unanswered).
PAIR_2 = """
        a\\b 0 8 17 25 .
        0    0 + +  +  .
        8    + + +  +  +
        17   + + +  +  +
        25   + + +  +  +
        .    . + +  +  ."""
PAIR_1 = """
        a\\b 0 6 13 19 25 .
        0    0 + +  +  +  .
        6    + + +  +  +  +
        13   + + +  +  +  +
        19   + + +  +  +  +
        25   + + +  +  +  +
        .    . + +  +  +  ."""
PROBLEM_1 = """
        q1q4\\q2q3 0 + .
        0          n y ?
        +          y y y
        .          ? y ?"""
# version 2, by Q1: a line is the pair Q2 and Q3, a column Q4
PROBLEM_2 = {
    "0": """
        q2q3\\q4 0 8 17 25 .
        0        n ? ?  ?  n
        +        ? ? ?  ?  ?
        .        n ? ?  ?  n""",
    "8": """
        q2q3\\q4 0 8 17 25 .
        0        y y y  y  y
        +        y y y  y  y
        .        y y y  y  y""",
    ".": """
        q2q3\\q4 0 8 17 25 .
        0        ? y y  y  ?
        +        y y y  y  y
        .        ? y y  y  ?""",
}
PROBLEM_2["17"] = PROBLEM_2["25"] = PROBLEM_2["8"]

# Severity: added by hand, Q1 with Q4 and Q2 with Q3; . as soon as one is unanswered.
SUM_FOUR = """
        a\\b 0  8  17 25 .
        0    0  8  17 25 .
        8    8  16 25 33 .
        17   17 25 34 42 .
        25   25 33 42 50 .
        .    .  .  .  .  ."""
SUM_FIVE = """
        a\\b 0  6  13 19 25 .
        0    0  6  13 19 25 .
        6    6  12 19 25 31 .
        13   13 19 26 32 38 .
        19   19 25 32 38 44 .
        25   25 31 38 44 50 .
        .    .  .  .  .  .  ."""

FOUR, FIVE = ("0", "8", "17", "25", "."), ("0", "6", "13", "19", "25", ".")


def cell(grid: str, line: str, column: str) -> str:
    """The cell of a grid, by the names of its line and column."""
    head, *lines = [text.split() for text in grid.strip().splitlines()]
    return next(row for row in lines if row[0] == line)[head.index(column)]


def version_1(q1: str, q2: str, q3: str, q4: str) -> tuple[str, str, str]:
    """Score, health problem and substantial problem of one row of version 1."""
    ends, middle = cell(SUM_FOUR, q1, q4), cell(SUM_FIVE, q2, q3)
    score = "." if "." in (ends, middle) else str(int(ends) + int(middle))
    problem = cell(PROBLEM_1, cell(PAIR_2, q1, q4), cell(PAIR_1, q2, q3))
    return score, problem, cell(SUBSTANTIAL_1[q1], q2, q3)


def version_2(q1: str, q2: str, q3: str, q4: str) -> tuple[str, str, str]:
    """Score, health problem and substantial problem of one row of version 2."""
    problem = cell(PROBLEM_2[q1], cell(PAIR_2, q2, q3), q4)
    if q1 == "0":
        ended = "0 and q4 0 or ." if q4 in ("0", ".") else "0 and q4 above 0"
        return ("0" if problem == "n" else "."), problem, cell(SUBSTANTIAL_2[ended], q2, q3)
    ends, middle = cell(SUM_FOUR, q1, q4), cell(SUM_FOUR, q2, q3)
    score = "." if "." in (ends, middle) else str(int(ends) + int(middle))
    return score, problem, cell(SUBSTANTIAL_2[q1], q2, q3)


def main(path: Path) -> None:
    """Write the table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["version", "q1", "q2", "q3", "q4", "severity_score", "health_problem", "substantial"])
        for row in itertools.product(FOUR, FIVE, FIVE, FOUR):
            out.writerow(["1", *row, *version_1(*row)])
        for row in itertools.product(FOUR, FOUR, FOUR, FOUR):
            out.writerow(["2", *row, *version_2(*row)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
