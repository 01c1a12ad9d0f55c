"""Numbers that others worked out, and ours beside them, on data that anyone can get.

`published.csv` holds each number with its tolerance, its source and how it comes about. The data are no part of
the package: they are read from a folder, and where a file is absent the table says which.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.claims.published_surveillance import (
    Numbers,
    football_models,
    football_prevalence,
    football_rates,
    football_types,
    ostrc,
)
from analysis.errors import HiprunError
from analysis.models import fit
from analysis.surveillance import incidence
from analysis.training_load import ewma

_SHOWN = ["what", "unit", "published", "ours", "difference", "tolerance", "met"]


@dataclass(frozen=True)
class Example:
    """One set of published numbers: the files (with the columns needed) that `work_out` takes, in this order."""

    files: dict[str, tuple[str, ...]]
    work_out: Callable[..., Numbers]


def training_load(sessions: pd.DataFrame) -> Numbers:
    """Acute and chronic load of the last day; `sessions`: ID, Day, TL, every day of 28 (R package ACWR).

    Exponentially weighted (Williams et al. 2017, BJSM 51:209) over 7 and 28 days, and for athlete 1 rolling means. The
    ratio is worked out here only to meet the package: see `analysis.training_load` for why hiprun does not offer it.
    """
    numbers: Numbers = {}
    for athlete, days in sessions.sort_values(["ID", "Day"]).groupby("ID"):
        acute, chronic = (ewma(days["TL"], span).iloc[-1] for span in (7, 28))
        last, before = days["TL"].tail(7).mean(), days["TL"].head(21).mean()
        name = f"athlete {athlete}"
        numbers |= {f"{name}: acute load": acute, f"{name}: chronic load": chronic}
        numbers |= {f"{name}: acute over chronic": acute / chronic}
        numbers |= {f"{name}: coupled ratio of rolling means": last / days["TL"].mean()}
        numbers |= {f"{name}: uncoupled ratio of rolling means": last / before}
    return numbers


def hip_strength(runners: pd.DataFrame) -> Numbers:
    """Mixed models of isometric strength over body mass, legs within runners (Fukuchi et al. 2017).

    `runners` as in the file: Subject, Mass, Injury, RHIPABD, LHIPABD and so on, several rows a runner of which the
    first is taken. The intraclass correlation is that of the model with side alone: the share of the
    variance that is between runners.
    """
    numbers: Numbers = {}
    for motion, short in (("abduction", "ABD"), ("extension", "EXT"), ("external rotation", "ER")):
        legs = hip_legs(runners, short)
        model = fit("strength ~ side + injury + (1 | runner)", legs)
        labels = ("left, no injury", "right less left", "injury less none")
        for label, row in zip(labels, model.estimates.itertuples(), strict=True):
            numbers |= {f"{motion}: {label}": row.estimate, f"{motion}: {label}, standard error": row.std_error}
        between, within = model.random_effects["sd"] ** 2
        numbers |= {f"{motion}: variance between runners": between, f"{motion}: variance within runners": within}
        numbers[f"{motion}: REML criterion"] = -2 * model.loglik
        between, within = fit("strength ~ side + (1 | runner)", legs).random_effects["sd"] ** 2
        numbers[f"{motion}: intraclass correlation"] = between / (between + within)
    return numbers


def hip_legs(runners: pd.DataFrame, short: str) -> pd.DataFrame:
    """One row a leg: runner, side (left, right), injury (No, Yes), strength (file unit per kg) of one motion."""
    first = runners.drop_duplicates("Subject")
    parts = [
        pd.DataFrame(
            {
                "runner": first["Subject"].astype("str"),
                "side": side,
                "injury": first["Injury"],
                "strength": first[f"{letter}HIP{short}"] / first["Mass"],
            }
        )
        for side, letter in (("left", "L"), ("right", "R"))
    ]
    return pd.concat(parts, ignore_index=True)


def lme4_examples(sleepstudy: pd.DataFrame, cbpp: pd.DataFrame) -> Numbers:
    """The two examples of lme4: reaction time by day without sleep, and disease of cattle by period.

    `sleepstudy`: Reaction (ms), Days, Subject; `cbpp`: herd, period, incidence, size (counts), made one row an animal.
    """
    model = fit("Reaction ~ Days + (1 + Days | Subject)", sleepstudy.astype({"Subject": "str"}))
    random = model.random_effects
    numbers: Numbers = {}
    for label, row in zip(("intercept", "days"), model.estimates.itertuples(), strict=True):
        numbers |= {f"sleepstudy: {label}": row.estimate, f"sleepstudy: {label}, standard error": row.std_error}
    spreads = ("SD of intercepts", "SD of slopes", "residual SD")
    numbers |= {f"sleepstudy: {label}": sd for label, sd in zip(spreads, random["sd"], strict=True)}
    numbers["sleepstudy: correlation"] = random["corr"].iloc[1]
    rows = cbpp.astype({"herd": "str", "period": "str"}).loc[cbpp.index.repeat(cbpp["size"])]
    ill = rows.groupby(level=0).cumcount() < rows["incidence"]
    cattle = rows.assign(ill=ill.astype(int)).reset_index(drop=True)
    for i, row in enumerate(fit("ill ~ period + (1 | herd)", cattle, "binomial").estimates.itertuples(), start=1):
        numbers |= {f"cbpp: period {i}": row.estimate, f"cbpp: period {i}, standard error": row.std_error}
    return numbers


def running() -> Numbers:
    """The rate that Nielsen et al. 2013 give as counts: 254 injuries in 155 318 km."""
    return {"novice runners: injuries per 1000 km": incidence(254, 155318, unit="km").estimate}


_INJURIES = ("athlete_id", "season", "from", "until", "days_lost", "injury_type", "injury_severity")
_FOOTBALL = {
    "football_injuries.csv": _INJURIES,
    "football_exposure.csv": ("athlete_id", "season", "minutes_played", "position"),
}
_HIPS = ("Subject", "Mass", "Injury", *(f"{side}HIP{motion}" for side in "LR" for motion in ("ABD", "EXT", "ER")))
EXAMPLES: dict[str, Example] = {
    "football_rates": Example(_FOOTBALL, football_rates),
    "football_types": Example(_FOOTBALL, football_types),
    "football_prevalence": Example(_FOOTBALL, football_prevalence),
    "football_models": Example(_FOOTBALL, football_models),
    "ostrc": Example({}, ostrc),
    "training_load": Example({"acwr_training_load.csv": ("ID", "Day", "TL")}, training_load),
    "hip_strength": Example({"rbds_runners_hip_strength.txt": _HIPS}, hip_strength),
    "lme4": Example(
        {"sleepstudy.csv": ("Reaction", "Days", "Subject"), "cbpp.csv": ("herd", "incidence", "size", "period")},
        lme4_examples,
    ),
    "running": Example({}, running),
}


@cache
def _published() -> pd.DataFrame:
    text = dict.fromkeys(("example", "what", "unit", "source", "how"), "str")
    with resources.files("analysis.claims").joinpath("published.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=text).fillna({"unit": ""})


def published_numbers() -> pd.DataFrame:
    """The published numbers: example, what, published, tolerance, unit, source, how; one row a number.

    `tolerance` is half a unit of the last digit printed, or what optimisers leave open. A missing `published` is an
    answer that is unknown (NA in R), which ours must be too.
    """
    return _published().copy()


def beside_published(example: str, folder: Path | str) -> pd.DataFrame:
    """Our numbers beside the published ones of one of `EXAMPLES`, worked out from its files in `folder`.

    Columns: example, what, unit, published, ours, difference (ours less published), tolerance (the largest difference
    that passes), met ('pass', 'fail', or 'not here: ' and the files that are absent), source, how. Raises `HiprunError`
    for an unknown example or a file that lacks a column.
    """
    if example not in EXAMPLES:
        known = ", ".join(EXAMPLES)
        raise HiprunError(f"published numbers: found example {example!r}; expected one of {known}. Fix: correct it.")
    table = published_numbers().query("example == @example").reset_index(drop=True)
    paths = {Path(folder) / name: columns for name, columns in EXAMPLES[example].files.items()}
    absent = [path.name for path in paths if not path.is_file()]
    if absent:
        table = table.assign(ours=np.nan, difference=np.nan, met=f"not here: {', '.join(absent)}")
    else:
        ours = EXAMPLES[example].work_out(*(_read(path, columns) for path, columns in paths.items()))
        table["ours"] = table["what"].map(ours).astype(float)
        table["difference"] = table["ours"] - table["published"]
        unknown = table["ours"].isna() & table["published"].isna()
        passed = unknown | (table["difference"].abs() <= table["tolerance"])
        table["met"] = passed.map({True: "pass", False: "fail"})
    return table[["example", *_SHOWN, "source", "how"]]


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.read_csv(path, sep="\t" if path.suffix == ".txt" else ",")
    lacking = [column for column in columns if column not in table]
    if lacking:
        raise HiprunError(
            f"{path}: found no column {', '.join(lacking)}; expected the public file as it was. Fix: get it again."
        )
    return table


def in_full(table: pd.DataFrame) -> pd.DataFrame:
    """A table of `beside_published` to read: numbers as text with ten digits, differences and tolerances with two.

    Blank where a published answer is unknown, or ours could not be worked out.
    """
    digits = {"published": ".10g", "ours": ".10g", "difference": ".2g", "tolerance": ".2g"}
    texts = {
        column: [format(value, how) if np.isfinite(value) else "" for value in table[column]]
        for column, how in digits.items()
    }
    return table.assign(**texts)[_SHOWN]


def published_summary(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """How many numbers of each example pass: example, n, n_pass, n_fail, n_not_here; `tables` of `beside_published`."""
    table = pd.concat(list(tables), ignore_index=True)
    states = {"n_pass": table["met"].eq("pass"), "n_fail": table["met"].eq("fail")}
    states["n_not_here"] = table["met"].str.startswith("not here")
    counted = table.assign(n=1, **states).groupby("example", sort=False)[["n", *states]].sum()
    return counted.astype(int).reset_index()
