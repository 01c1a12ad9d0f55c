"""The STROBE-SIIS checklist (IOC 2020: Bahr et al., BJSM 54:372, appendix), filled with what a run knows.

Only the items whose wording was seen are here (1.1 to 4.4); the later ones are in appendix 3 of that consensus
and are the authors' to add. What a run cannot know is said to be theirs, never guessed.
"""

from collections.abc import Mapping
from typing import Protocol

import pandas as pd

from analysis.study import Study

TO_WRITE = "To be written by the authors."
ITEMS = {
    "1.1": "Sport and athletes: sex, age, region, level",
    "1.2": "How long the athletes were observed",
    "3.1": "Registration of the study",
    "3.2": "Specific purpose of the surveillance",
    "4.1": "Which health problems were recorded",
    "4.2": "Approach and tools of data collection",
    "4.3": "Coding system of the diagnoses",
    "4.4": "How athletes were put into categories",
}
STREAMS = {
    "training_sessions": "training sessions",
    "hip_work": "hip exercises",
    "hip_assessments": "hip tests",
    "weekly_reports": "weekly reports",
    "injuries": "records of health problems",
}
DEFINITIONS = {"any_complaint": "any complaint", "medical_attention": "medical attention", "time_loss": "time loss"}


class Received(Protocol):
    """What is needed of a cohort: its validated tables by name."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...


def strobe_siis(received: Received, panel: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The checklist: item, asked, answer, filled.

    Parameters
    ----------
    received : Cohort or Processed
        The validated tables; only `athletes` is always there.
    panel : DataFrame
        The athlete-weeks of those tables.
    study : Study
        Its threshold: a count of fewer athletes, or the complement of one, is not written.

    Returns
    -------
    DataFrame
        One row an item. `filled` is 'by the run', 'in part' (the answer says what is left to the authors) or 'no'.
    """
    found = {
        "1.1": _population(received.tables["athletes"], study.disclosure_threshold),
        "1.2": _period(panel),
        "4.1": _problems(received.tables),
        "4.2": _tools(received.tables),
        "4.3": _coding(received.tables),
        "4.4": _categories(received.tables["athletes"], study),
    }
    whole = {"1.2", "4.3"}
    rows = []
    for item, asked in ITEMS.items():
        known, left = found.get(item, ("", ""))
        filled = "no" if not known else "by the run" if item in whole and not left else "in part"
        answer = " ".join(part for part in (known, left or ("" if known else TO_WRITE)) if part)
        rows.append((item, asked, answer, filled))
    return pd.DataFrame(rows, columns=["item", "asked", "answer", "filled"])


def _left(what: str) -> str:
    return f"{what}: to be written by the authors."


def _population(athletes: pd.DataFrame, threshold: int) -> tuple[str, str]:
    n = len(athletes)
    if n < threshold:
        return f"Fewer than {threshold} runners.", _left("Sex, age, region and level")
    known = {"sex": _sexes(athletes["sex"], threshold), "age": _ages(athletes["age_y"], threshold)}
    missing = [name for name, words in known.items() if not words]
    said = [f"{n} runners", *(words for words in known.values() if words)]
    return f"{', '.join(said)}.", _left(", ".join([*missing, "region and level"]).capitalize())


def _sexes(sex: pd.Series, threshold: int) -> str:
    """Counts by sex; none where one of them is small, as the total would give it away."""
    counts = sex.fillna("of unknown sex").value_counts()
    known = sex.notna().any() and counts.min() >= threshold
    return ", ".join(f"{number} {word}" for word, number in counts.items()) if known else ""


def _ages(age_y: pd.Series, threshold: int) -> str:
    """Median and quartiles (R type 7) of age; none where few are known or few are not."""
    ages = age_y.dropna()
    unknown = len(age_y) - len(ages)
    if len(ages) < threshold or 0 < unknown < threshold:
        return ""
    low, middle, high = ages.quantile([0.25, 0.5, 0.75])
    of_whom = f" of the {len(ages)} who gave it" if unknown else ""
    return f"median age{of_whom} {middle:.0f} years (quartiles {low:.0f} to {high:.0f})"


def _period(panel: pd.DataFrame) -> tuple[str, str]:
    observed = ["training_observed", "hip_work_observed", "injuries_observed", "report_expected"]
    watched = panel[panel[observed].any(axis=1)]
    if watched.empty:
        return "", ""
    first, last = watched["week_start"].min(), watched["week_start"].max() + pd.Timedelta(days=6)
    weeks = watched.groupby("athlete_id").size()
    low, middle, high = weeks.quantile([0.25, 0.5, 0.75])
    spread = f"median {middle:g} weeks watched an athlete (quartiles {low:g} to {high:g})"
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}; {spread}.", ""


def _problems(tables: Mapping[str, pd.DataFrame]) -> tuple[str, str]:
    said = []
    if "injuries" in tables:
        injuries = tables["injuries"]
        kinds = [word for word in ("injury", "illness") if injuries["problem_type"].eq(word).any()]
        said.append(f"Health problems were recorded one by one ({', '.join(kinds) or 'kind not stated'}).")
        used = [words for code, words in DEFINITIONS.items() if injuries["definition"].eq(code).any()]
        if used:
            said.append(f"Records say which definition they meet: {', '.join(used)}.")
    if "weekly_reports" in tables and tables["weekly_reports"]["ostrc_q1"].notna().any():
        said.append("Weekly: any answer above 0 is a health problem; substantial as the questionnaire defines it.")
    return " ".join(said), _left("The definition in words") if said else ""


def _tools(tables: Mapping[str, pd.DataFrame]) -> tuple[str, str]:
    streams = [words for table, words in STREAMS.items() if len(tables.get(table, ()))]
    said = [f"Collected: {', '.join(streams)}."] if streams else []
    reports = tables.get("weekly_reports")
    if reports is not None:
        versions = sorted(reports["ostrc_version"].dropna().unique())
        if versions:
            said.append(f"OSTRC questionnaire, version {' and '.join(str(int(v)) for v in versions)}.")
        if reports["pain_nrs"].notna().any():
            said.append("Worst pain of the week on a 0-10 numeric rating scale.")
    if "training_sessions" in tables:
        said.append("Exposure is running time in hours, and running distance in kilometres, of the sessions recorded.")
    return " ".join(said), _left("Who collected the data and how") if said else ""


def _coding(tables: Mapping[str, pd.DataFrame]) -> tuple[str, str]:
    if "injuries" not in tables:
        return "", ""
    systems = sorted(tables["injuries"]["diagnosis_code_system"].dropna().unique())
    return (f"Diagnoses are coded in {', '.join(systems)}.", "") if systems else ("", "")


def _categories(athletes: pd.DataFrame, study: Study) -> tuple[str, str]:
    columns = {"sex": "sex", "clinic": "clinic", "previous_injury": "injury before follow-up (yes or no)"}
    used = [words for column, words in columns.items() if athletes[column].dropna().nunique() > 1]
    if not used:
        return "", ""
    return f"In the tables by {', '.join(used)}, as recorded.", _left("How each was asked")
