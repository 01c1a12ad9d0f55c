"""Does the suite find every claim where it is true? Its estimands on simulated cohorts whose truth is known.

The cohorts are analysed as the claims page does it, from the tables to the reading. What came of them is summed up by
`claims.known_truth.recovered`, and for cohorts without any effect by `claims.known_truth.silence`.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from analysis.claims.claim import Claim, Estimand
from analysis.claims.estimate import estimate_claims
from analysis.claims.frames import ClaimData
from analysis.claims.known_truth.truths import true_value
from analysis.claims.library import CLAIMS
from analysis.claims.reading import DIFFERENCE
from analysis.errors import HiprunError
from analysis.models.processes import in_processes
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, simulate
from analysis.simulate.simulation import Simulation
from analysis.simulate.truth_fields import EFFECT
from analysis.simulate.within_truth import WithinTruth
from analysis.study import Study, write_atomically

COLUMNS = (
    "world", "n_athletes", "seed", "claim", "term", "scale", "confirmed", "truth", "truth_mc_error", "estimate",
    "std_error", "df", "ci_low", "ci_high", "p_value", "p_holm", "covered", "side", "reading", "why_not",
)  # fmt: skip
_MISSING = ("estimate", "std_error", "df", "ci_low", "ci_high", "p_value", "p_holm", "covered", "side")


@dataclass(frozen=True)
class World:
    """What is true in simulated cohorts, and the ids of the claims that are judged by them.

    `endless`: true values (link scale), by the estimand's term, of what is no parameter of `truth` and was found by
    simulation. Of a claim those estimands are judged whose true value is known and not 0; all of them where `truth`
    holds no effect at all.
    """

    name: str
    truth: Truth
    claims: tuple[str, ...]
    endless: Mapping[str, WithinTruth] = dataclasses.field(default_factory=dict)

    def truth_of(self, estimand: Estimand, unclipped: Mapping[str, float] | None = None) -> WithinTruth | None:
        """The true value of an estimand (`truths.true_value`), with its Monte Carlo error: 0 for a parameter."""
        value = true_value(estimand, self.truth, unclipped)
        return self.endless.get(estimand.term) if value is None else WithinTruth(value, 0.0)

    def judged(self) -> list[Claim]:
        """The claims with the estimands that are judged. Raises `HiprunError` for a claim that has none, or no claim
        of that id."""
        by_id = {claim.id: claim for claim in CLAIMS}
        if unknown := set(self.claims) - set(by_id):
            raise HiprunError(f"recovery: world '{self.name}': no claim is called {', '.join(sorted(unknown))}.")
        no_effect = has_no_effect(self.truth)
        found = []
        for claim in (by_id[name] for name in self.claims):
            truths = [self.truth_of(estimand) for estimand in claim.estimands]
            kept = [
                estimand
                for estimand, truth in zip(claim.estimands, truths, strict=True)
                if truth is not None and (truth.value != 0 or no_effect)
            ]
            if not kept:
                raise HiprunError(f"recovery: world '{self.name}' holds no effect of the claim {claim.id}.")
            found.append(replace(claim, estimands=tuple(kept)))
        return found


def has_no_effect(truth: Truth) -> bool:
    """Whether every effect in `truth` is none, as in `simulate.null_truth`."""
    effects = (f for f in dataclasses.fields(truth) if f.metadata["kind"] == EFFECT)
    return all(getattr(truth, f.name) == f.metadata["null"] for f in effects)


def recovery(
    world: World,
    seeds: Iterable[int],
    *,
    n_athletes: int = 60,
    n_weeks: int = 26,
    jobs: int = 1,
    kept: Path | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Simulate a cohort per seed, and estimate what the world judges.

    Parameters
    ----------
    world : World
    seeds : iterable of int
        One cohort each; the same seed gives the same rows.
    n_athletes, n_weeks : int
        Size of each cohort.
    jobs : int
        Number of processes.
    kept : Path, optional
        A CSV file to which the rows of each cohort are appended once it is done; the seeds it holds already are not
        run again. It must be of the same world, size and code: that is the caller's part.
    on_progress : callable, optional
        Called with the number of cohorts done, after each, those kept from before included.

    Returns
    -------
    DataFrame
        One row a cohort and estimand, in the order of the seeds: world, n_athletes, seed, claim, term, scale,
        confirmed; truth, truth_mc_error, estimate, ci_low, ci_high on the link scale, std_error (half the interval over
        the t quantile of df), df, p_value, p_holm (over the claims of the world alone); covered (the interval holds the
        truth), side (-1, 0, 1: where the interval lies, 0 if it holds no effect), reading (before sensitivity checks).
        Where there is no estimate the numbers are missing and `why_not` says why.

    Raises
    ------
    HiprunError
        A world that cannot judge its claims, a size or seed that cannot be simulated, a process ended from outside.
    """
    seeds = list(seeds)
    n_rows = sum(len(claim.estimands) for claim in world.judged())
    done = _read_kept(kept, n_rows) if kept is not None and kept.exists() else pd.DataFrame(columns=list(COLUMNS))
    before = set(done["seed"]) & set(seeds)
    left = [seed for seed in seeds if seed not in before]
    task = partial(cohort_rows, world=world, n_athletes=n_athletes, n_weeks=n_weeks)
    tables = [done[done["seed"].isin(before)]] if before else []
    for rows in in_processes(task, left, jobs, "recovery") if left else ():
        tables.append(rows)
        if kept is not None:
            _append(rows, kept)
        if on_progress is not None:
            on_progress(len(before) + len(tables) - bool(before))
    return pd.concat(tables, ignore_index=True).sort_values("seed", kind="stable", ignore_index=True)


def cohort_rows(seed: int, *, world: World, n_athletes: int, n_weeks: int) -> pd.DataFrame:
    """The rows of `recovery` of one cohort."""
    judged = world.judged()
    table, made = estimated(judged, seed=seed, truth=world.truth, n_athletes=n_athletes, n_weeks=n_weeks)
    truths = [world.truth_of(e, made.unclipped_share) for claim in judged for e in claim.estimands]
    return table.assign(
        world=world.name,
        n_athletes=n_athletes,
        seed=seed,
        truth=[truth.value for truth in truths],
        truth_mc_error=[truth.mc_error for truth in truths],
        covered=lambda t: _holds(t, t["truth"]),
    )[list(COLUMNS)]


def estimated(
    claims: Sequence[Claim], *, seed: int, truth: Truth, n_athletes: int, n_weeks: int
) -> tuple[pd.DataFrame, Simulation]:
    """`estimate_claims` of one simulated cohort, on the link scale (`on_link_scale`), and that cohort.

    The readings are those before the sensitivity checks, which take far longer than all estimates and can only turn an
    effect that is called into an undecided one.
    """
    study = Study()
    made = simulate(n_athletes=n_athletes, n_weeks=n_weeks, seed=seed, truth=truth)
    data = ClaimData(made.tables, athlete_weeks(made.tables, study), study)
    return on_link_scale(estimate_claims(data, claims, robust=False), study.confidence_level), made


def on_link_scale(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """`estimate_claims` with its ratios as logarithms, and with std_error and side (see `recovery`)."""
    link = table[["estimate", "ci_low", "ci_high"]].astype("float64")
    ratio = table["scale"] != DIFFERENCE
    with np.errstate(divide="ignore"):  # a limit of 0 is one of minus infinity
        link[ratio] = np.log(link[ratio])
    side = (link["ci_low"] > 0).astype("Int64") - (link["ci_high"] < 0).astype("Int64")
    return table.assign(
        **link,
        std_error=(link["ci_high"] - link["ci_low"]) / (2 * student.ppf((1 + level) / 2, table["df"])),
        confirmed=table["confirmed"].astype("boolean"),
        side=side.where(link["estimate"].notna()),
    )


def _holds(table: pd.DataFrame, value: pd.Series) -> pd.Series:
    """Whether the interval holds a value; missing without an estimate."""
    inside = (table["ci_low"] <= value) & (value <= table["ci_high"])
    return inside.astype("boolean").where(table["estimate"].notna())


def _read_kept(path: Path, n_rows: int) -> pd.DataFrame:
    """The whole cohorts in the file; one that an interruption cut short is taken out of the file too."""
    lines, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    if not lines:
        path.unlink()
        return pd.DataFrame(columns=list(COLUMNS))
    kinds = {"covered": "boolean", "side": "Int64", "confirmed": "boolean"}
    kinds |= dict.fromkeys(("world", "claim", "term", "scale", "reading", "why_not"), "str")
    missing = {column: [""] for column in _MISSING}
    table = pd.read_csv(StringIO(lines), dtype=kinds, keep_default_na=False, na_values=missing)
    whole = table[table.groupby("seed")["seed"].transform("size") == n_rows].reset_index(drop=True)
    with write_atomically(path) as beside:
        whole.to_csv(beside, index=False, lineterminator="\n")
    return whole


def _append(rows: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(path, mode="a", header=not path.exists(), index=False, lineterminator="\n")
