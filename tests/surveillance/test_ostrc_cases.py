"""OSTRC scores against tests/reference/ostrc_cases.csv: every answer, from grids written out by hand."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

from analysis.surveillance.ostrc import CODES, health_problem, severity_score, substantial
from tests.reference import make_ostrc_cases

TABLE = Path(__file__).parents[1] / "reference" / "ostrc_cases.csv"
QUESTIONS = ["q1", "q2", "q3", "q4"]


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    return pd.read_csv(TABLE, dtype="str", keep_default_na=False)


def _truth(text: pd.Series) -> list:
    return [{"y": True, "n": False, "?": None}[t] for t in text]


def _answers(rows: pd.DataFrame) -> list[list[float | None]]:
    return [[None if t == "." else float(t) for t in rows[q]] for q in QUESTIONS]


@pytest.mark.parametrize("version", [1, 2])
def test_the_table_holds_every_code_and_every_missing_pattern_once(cases, version):
    rows = cases[cases["version"] == str(version)]
    every = itertools.product(*[(*map(str, codes), ".") for codes in CODES[version].values()])
    assert sorted(rows[QUESTIONS].itertuples(index=False, name=None)) == sorted(every)


@pytest.mark.parametrize("version", [1, 2])
def test_score_problem_and_substantial_problem_are_as_in_the_table_for_every_row(cases, version):
    rows = cases[cases["version"] == str(version)]
    answers = _answers(rows)
    score = severity_score(*answers, version=version)
    assert [None if s is pd.NA else str(s) for s in score] == [None if t == "." else t for t in rows["severity_score"]]
    for function in (health_problem, substantial):
        got = [None if v is pd.NA else bool(v) for v in function(*answers, version=version)]
        assert got == _truth(rows[function.__name__])


@pytest.mark.parametrize("version", [1, 2])
def test_a_form_may_mix_versions_row_by_row_with_the_same_result(cases, version):
    shuffled = cases.sample(frac=1, random_state=3)
    got = substantial(*_answers(shuffled), version=shuffled["version"].astype(int).tolist())
    mine = (shuffled["version"] == str(version)).to_numpy()
    assert [None if v is pd.NA else bool(v) for v in got[mine]] == _truth(shuffled.loc[mine, "substantial"])


def test_a_substantial_problem_is_never_a_week_without_a_problem(cases):
    pairs = set(zip(cases["health_problem"], cases["substantial"], strict=True))
    # unknown beside no: version 1 with Q1, Q2 and Q3 small and Q4 unanswered
    assert pairs == {("y", "y"), ("y", "n"), ("y", "?"), ("n", "n"), ("?", "?"), ("?", "n")}


def test_the_table_is_what_its_script_writes(tmp_path):
    make_ostrc_cases.main(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text(encoding="utf-8") == TABLE.read_text(encoding="utf-8")
