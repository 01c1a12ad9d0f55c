"""Each program fits a model to a frame: CPU seconds, log-likelihood, and what it had to say."""

import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import glmm
import pandas as pd
import statsmodels.formula.api as smf

from analysis.models import fit
from benchmarks.measure import ENOUGH_S, MOST_CALLS, ONE_THREAD, cpu_s
from benchmarks.models import Model

NO_R = "R not found"
_SCRIPT = Path(__file__).with_name("rival.R")
_NAN = float("nan")


@dataclass(frozen=True)
class Run:
    """`seconds` of CPU and `loglik`, NaN where there is none: `note` says why."""

    seconds: float
    loglik: float
    note: str = ""


def hiprun(model: Model, frame: pd.DataFrame) -> Run:
    """`analysis.models.fit`, door to door."""
    seconds, fitted = cpu_s(lambda: fit(model.formula, frame, model.family, offset=model.offset))
    return Run(seconds, fitted.loglik, "" if fitted.converged else "not converged")


def engine(model: Model, frame: pd.DataFrame) -> Run:
    """`glmm.fit` alone on the numbers and the options that `fit` gives it: the rest of `fit` is the door."""
    args, options = _caught(model, frame)

    def call() -> glmm.Fit:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return glmm.fit(*args, **options)

    seconds, fitted = cpu_s(call)
    return Run(seconds, float(fitted.loglik), "" if fitted.converged else "not converged")


def _caught(model: Model, frame: pd.DataFrame) -> tuple[tuple, dict[str, Any]]:
    """The arguments with which `fit` calls `glmm.fit`."""
    calls: list[tuple[tuple, dict[str, Any]]] = []
    real = glmm.fit

    def note(*args: Any, **options: Any) -> glmm.Fit:
        calls.append((args, options))
        return real(*args, **options)

    glmm.fit = note
    try:
        fit(model.formula, frame, model.family, offset=model.offset)
    finally:
        glmm.fit = real
    return calls[0]


def statsmodels(model: Model, frame: pd.DataFrame) -> Run:
    """`MixedLM`, with its default optimisers, as a user would call it."""
    if model.family != "gaussian":
        return Run(_NAN, _NAN, "no maximum-likelihood GLMM")
    fixed, random = model.formula.split(" + (")
    terms, group = random.removesuffix(")").split(" | ")

    def call() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said by `converged` below
            return smf.mixedlm(fixed, frame, groups=frame[group], re_formula=f"~{terms}").fit(reml=True)

    seconds, fitted = cpu_s(call)
    return Run(seconds, float(fitted.llf), "" if fitted.converged else "says: not converged")


def in_r(program: str, most_rows: dict[str, int] | None = None) -> Callable[[Model, pd.DataFrame], Run]:
    """A `program` of rival.R, each fit in a process of its own. `most_rows`: model name to the rows beyond which it is
    left out for its time."""

    def run(model: Model, frame: pd.DataFrame) -> Run:
        rscript = shutil.which("Rscript")
        if rscript is None:
            return Run(_NAN, _NAN, NO_R)
        if len(frame) > (most_rows or {}).get(model.name, len(frame)):
            return Run(_NAN, _NAN, "not run: too slow")
        return _ask_r(rscript, program, model, frame)

    return run


def _ask_r(rscript: str, program: str, model: Model, frame: pd.DataFrame) -> Run:
    offset = "" if model.offset is None else f" + offset({model.offset})"
    with tempfile.TemporaryDirectory() as folder:
        data, answer = Path(folder) / "data.csv", Path(folder) / "answer.json"
        frame.to_csv(data, index=False, float_format="%.17g")
        asked = [program, str(data), str(answer), model.formula + offset, model.family, str(ENOUGH_S), str(MOST_CALLS)]
        command = [rscript, "--vanilla", str(_SCRIPT), *asked]
        done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True)
        if done.returncode:
            return Run(_NAN, _NAN, f"failed: {done.stderr.strip().splitlines()[-1]}")
        said = json.loads(answer.read_text())
    return Run(float(said["seconds"]), float(said["loglik"]), said["note"])


PROGRAMS: dict[str, Callable[[Model, pd.DataFrame], Run]] = {
    "hiprun": hiprun,
    "glmm": engine,
    "statsmodels": statsmodels,
    "lme4": in_r("lme4", {"Poisson, offset": 10_000, "logit, slope": 10_000, "negative binomial": 0}),
    "lme4 tight": in_r("lme4 tight", {"logit, slope": 10_000, "negative binomial": 1_000}),
    "glmmTMB": in_r("glmmTMB"),
}
