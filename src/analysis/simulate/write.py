"""A simulated cohort as a folder of raw files with its cohort.toml and truth.json."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.simulate.clean_tables import START, TIMEZONE
from analysis.simulate.german_sheets import second_id, second_id_holder, write_clinic_b
from analysis.simulate.randomness import stream
from analysis.simulate.redcap_files import write_clinic_c
from analysis.simulate.simulation import Simulation, simulate
from analysis.simulate.strava_files import write_clinic_a
from analysis.simulate.truth import Truth, describe_truth
from analysis.simulate.untidy import date_text, write_text
from analysis.study import write_atomically

PSEUDONYM_KEY = "public-demo"
DEMO = {"n_athletes": 60, "n_weeks": 26, "seed": 2026}
"""What the committed `data/raw/demo/` was made with."""

WRITERS = {"A": write_clinic_a, "B": write_clinic_b, "C": write_clinic_c}
STREAMS = {
    "training": "training", "weekly_report": "weekly form", "injury": "problems", "hip_assessment": "hip tests",
    "hip_work": "hip diary",
}  # fmt: skip
NOTES = (
    "Pain ratings are rounded and clipped to 0-10: an effect on the ratings is smaller than on pain before clipping, a "
    "little in hip and groin, a lot in regions that mostly do not hurt.",
    "Weekly answers are missing not at random: the pain of the week itself decides (response_log_odds_per_point).",
    "The true dose counts the weeks before the first observed one and the weeks without a diary; the panel cannot.",
    "Minutes of hip work act on pain in hip and groin and on injuries of every region (pain_, injury_ and the category "
    "of the work); on pain elsewhere they act only through injuries, which hurt where they are.",
    "Every other effect of hip work and of hips (strength, range, endurance, control, balance) is named in truth by "
    "its outcome and its term: one of 0, or a ratio of 1, is none. By default all of them are none.",
    "Effects of hips are of hips without error; the tests in the files have errors of the day and of the trial. The "
    "retest of every fifth athlete, 5 to 10 days after the first test, is of the same hip: it differs by error alone.",
    "What a hip is changes from test to test by chance too, and range that was gained is partly lost again "
    "(range_change_sd_deg, range_lost_share, balance_change_sd_s).",
    "Soreness has the one rating of a day in all its entries; blank is not told, and clinic B does not ask for it.",
    "Clinic B writes pain in hip and knee of the worse side only.",
    "Illnesses are unrelated to everything: a negative control.",
)


def simulate_cohort(
    folder: Path,
    *,
    n_athletes: int = 60,
    n_weeks: int = 26,
    seed: int = 1,
    truth: Truth | None = None,
    of_claims: Sequence[Mapping[str, object]] = (),
) -> Path:
    """Write a cohort of three clinics into `folder` as untidy raw files, and return `folder`.

    With them come cohort.toml (how to read them) and truth.json (what is true, and `of_claims`, what that means for
    each claim: `claims.known_truth.truths.truth_of_claims`). The same arguments write the
    same bytes. Files of an earlier simulation are overwritten; others are left alone. Raises `InputError` for
    a cohort without athletes or weeks.
    """
    truth = truth or Truth()
    cohort = simulate(n_athletes=n_athletes, n_weeks=n_weeks, seed=seed, truth=truth)
    twice = _answered_twice(cohort)
    blocks = []
    for clinic, write_clinic in WRITERS.items():
        tables = _of_clinic(cohort, clinic)
        if not tables["athletes"].empty:
            write_clinic(folder, tables, twice, stream(seed, f"untidy {clinic}"))
            blocks += _mapping(f"clinic_{clinic.lower()}", tables)
    _windows(folder, cohort.tables["observation_windows"])
    blocks += _mapping("all_clinics", cohort.tables)
    _write(folder / "cohort.toml", "\n\n".join([_head(folder.name, _of_clinic(cohort, "B")), *blocks]) + "\n")
    made = {"n_athletes": n_athletes, "n_weeks": n_weeks, "seed": seed, "first_monday": f"{START:%Y-%m-%d}"}
    told = made | {"truth": describe_truth(truth), "claims": list(of_claims), "notes": NOTES}
    _write(folder / "truth.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return folder


def _of_clinic(cohort: Simulation, clinic: str) -> dict[str, pd.DataFrame]:
    ids = cohort.athletes.loc[cohort.athletes["clinic"] == clinic, "athlete_id"]
    return {name: t[t["athlete_id"].isin(ids)].reset_index(drop=True) for name, t in cohort.tables.items()}


def _answered_twice(cohort: Simulation) -> pd.DataFrame:
    """athlete_id and week_start of the forms that came twice; half-filled forms did not."""
    athlete, week = np.nonzero(cohort.recorded.twice & ~cohort.recorded.pain_blank)
    ids = cohort.athletes["athlete_id"].to_numpy()[athlete]
    weeks = pd.Series(START + pd.to_timedelta(7 * week, unit="D"), dtype="datetime64[us]")
    return pd.DataFrame({"athlete_id": ids, "week_start": weeks})


def _windows(folder: Path, windows: pd.DataFrame) -> None:
    rows = [
        (w.athlete_id, STREAMS[w.stream], date_text(w.start_date, "%Y-%m-%d"), date_text(w.end_date, "%Y-%m-%d"))
        for w in windows.itertuples()
    ]
    write_text(folder / "observation_windows.csv", ["athlete", "what", "from", "to"], rows)


def _mapping(name: str, tables: dict[str, pd.DataFrame]) -> list[str]:
    """The [[file]] blocks of one of the shipped mappings, without those of tables that have no rows."""
    text = resources.files("analysis.simulate").joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8")
    title, *blocks = text.split("\n\n")
    kept = [b for b in blocks if not tables[tomllib.loads(b)["file"][0]["table"]].empty]
    return [title, *(b.strip() for b in kept)]


def _head(name: str, clinic_b: dict[str, pd.DataFrame]) -> str:
    lines = [
        "# A simulated cohort: no row is about a person. What is true in it stands in truth.json.",
        "[cohort]",
        f"name = {json.dumps(name)}",
        f'timezone = "{TIMEZONE}"',
        f"start = {START:%Y-%m-%d}",
        f'pseudonym_key = "{PSEUDONYM_KEY}"',
    ]
    return "\n".join(lines + _same_athlete(clinic_b))


def _same_athlete(clinic: dict[str, pd.DataFrame]) -> list[str]:
    holder = second_id_holder(clinic["training_sessions"], clinic["hip_work"])
    if holder is None:
        return []
    return ["", "[same_athlete]                      # the diary went on under another id after a new phone",
            f'"{second_id(holder[0])}" = "{holder[0]}"']  # fmt: skip


def _write(path: Path, text: str) -> None:
    with write_atomically(path) as beside:
        beside.write_bytes(text.encode())
