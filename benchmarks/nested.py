"""Athletes in clinics: the engine's weak spot, and what the order of its random terms does to it."""

import warnings
from collections.abc import Callable

import glmm
import numpy as np
import pandas as pd

from analysis.models import fit
from benchmarks.athlete_weeks import FIXED, athlete_weeks
from benchmarks.measure import cpu_s
from benchmarks.models import Model

CLINICS = (40, 400)
NESTED = (
    Model("LMM, slope", "pain", "(1 + mob | athlete)", "gaussian"),
    Model("LMM", "pain", "(1 | athlete)", "gaussian"),
    Model("Poisson, offset", "inj", "(1 | athlete)", "poisson", "off"),
    Model("logit, slope", "prob", "(1 + mob | athlete)", "binomial"),
)
COLUMNS = ["model", "rows", "clinics", "clinic_first_s", "athlete_first_s", "hiprun_s", "loglik", "difference", "se"]


def nested(rows: int, clinics: tuple[int, ...] = CLINICS, said: Callable[[str], None] | None = None) -> pd.DataFrame:
    """The models of `NESTED` with `(1 | clinic)` beside, by `glmm.fit` in both orders and by `fit`.

    Returns
    -------
    DataFrame
        model, rows, clinics, CPU seconds of glmm with the clinic or the athlete written first, of hiprun's `fit`;
        loglik of `fit`, the largest difference from it (difference) and the largest relative difference between the
        standard errors of the two orders (se).
    """
    found = []
    for count in clinics:
        frame = athlete_weeks(rows, clinics=count)
        for model in NESTED:
            clinic, athlete = (_engine(model, frame, order) for order in _orders(model))
            formula = f"{model.outcome} ~ {FIXED} + (1 | clinic) + {model.random}"
            ours_s, ours = cpu_s(lambda f=formula, m=model, d=frame: fit(f, d, m.family, offset=m.offset), 0)
            difference = max(abs(one[1].loglik - ours.loglik) for one in (clinic, athlete))
            se = np.abs(clinic[1].se / athlete[1].se - 1).max()
            found.append((model.name, rows, count, clinic[0], athlete[0], ours_s, ours.loglik, difference, se))
            if said:
                said(f"{model.name:24s}{count:5d} clinics  {clinic[0]:8.2f} {athlete[0]:8.2f} {ours_s:8.2f} s")
    return pd.DataFrame(found, columns=COLUMNS)


def _orders(model: Model) -> tuple[str, str]:
    return f"(1 | clinic) + {model.random}", f"{model.random} + (1 | clinic)"


def _engine(model: Model, frame: pd.DataFrame, random: str) -> tuple[float, glmm.Fit]:
    data = {name: frame[name].to_numpy() for name in frame} | {
        name: pd.Categorical(frame[name]) for name in ("athlete", "clinic")
    }
    offset = None if model.offset is None else data[model.offset]

    def call() -> glmm.Fit:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            formula = f"{model.outcome} ~ {FIXED} + {random}"
            return glmm.fit(data, formula, model.family, offset=offset, anova_test="Wald")

    return cpu_s(call, 0)
