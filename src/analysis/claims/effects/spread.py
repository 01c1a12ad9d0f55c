"""Do runners differ in what goes along with their hip work, or does one mean effect tell it all?

A random slope of the deviation gives each athlete an own effect. Its variance is not the variance of the effects:
pain drifts from week to week, so does hip work, and two drifting series of some twenty weeks go up and down together by
chance. What chance alone gives is found here by giving each athlete the deviations of another one, week by week: own
effects are then none, drift and gaps are the same. The variance beyond that is what the athletes' effects have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from analysis.claims.plan import ModelPlan
from analysis.errors import HiprunError
from analysis.models import Fit, LadderFit, cluster_bootstrap, fit, fit_by_ladder
from analysis.study import Study

ATHLETE = "athlete_id"
FEWEST_WITH_SLOPES = 10
"""Athletes below which a variance between them is not asked for: Bolker et al. 2009, Trends Ecol Evol 24:127, box 1
(at least 5 to 6 levels per random intercept; a slope needs more)."""
SHUFFLES = 39
DRAWS = 99


@dataclass(frozen=True)
class Spread:
    """How the athletes' own effects of one kind of work differ, per dose step on the link scale.

    `ladder`: the fit with a slope for each athlete, or a simpler one. `mean`: the effect of the primary model. `found`
    (variance of the slopes, 0 where the ladder gave them up), `by_chance` (shuffles,): those with the deviations of
    others, `draws`: those of athletes drawn again. `level` of the limits.
    """

    kind: str
    ladder: LadderFit
    mean: float
    found: float
    by_chance: np.ndarray
    draws: np.ndarray
    level: float
    n_athletes: int

    @property
    def chance(self) -> float:
        """The variance that chance gives on average."""
        return float(self.by_chance.mean())

    @property
    def sd(self) -> float:
        """The SD of the athletes' own effects beyond chance; 0 where there is no more than chance gives."""
        return float(np.sqrt(max(self.found - self.chance, 0.0)))

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Limits of `sd`: percentiles of the variance over athletes drawn again (Davison and Hinkley 1997, Bootstrap
        Methods and their Application, sec. 5.3.1), less each of the variances that chance gives: which of them it gave
        in this cohort is not known."""
        beyond = np.subtract.outer(self.draws, self.by_chance)
        ends = np.quantile(beyond, [(1 - self.level) / 2, (1 + self.level) / 2])
        low, high = np.sqrt(np.maximum(ends, 0.0))
        return float(low), float(high)

    @property
    def p_value(self) -> float:
        """How often others' deviations give as much variance: a permutation test (Davison and Hinkley 1997, ch. 4)."""
        return float((1 + (self.by_chance >= self.found).sum()) / (1 + len(self.by_chance)))

    @property
    def is_shown(self) -> bool:
        """Whether the data show that athletes differ: more variance than chance gives, at `level`."""
        return self.sd > 0 and self.p_value < 1 - self.level

    def share_below(self) -> float:
        """The share of athletes whose own effect lies below no effect, if the effects are normal about the mean."""
        if self.sd == 0:
            return float(self.mean < 0)
        return float(stats.norm.cdf(-self.mean / self.sd))

    def effects(self) -> pd.DataFrame:
        """Each athlete's predicted effect: group, level (athlete), term, value, sd; the mean plus the conditional mode.

        Modes and their variances are those of the slope's variance without chance: with V the fit's own and k = sd²/V
        a mode is k times the fit's, its variance sd² - k² (V - v), v that of the fit's. No rows without slopes.
        """
        modes = self.ladder.fit.conditional_modes
        modes = modes[(modes["group"] == ATHLETE) & (modes["term"] == f"{self.kind}_within")].reset_index(drop=True)
        own = _slope_variance(self.ladder.fit, f"{self.kind}_within")
        if own == 0 or self.sd == 0:
            return modes.head(0)
        kept = self.sd**2 / max(own, self.sd**2)
        variance = self.sd**2 - kept**2 * (own - modes["sd"] ** 2)
        return modes.assign(value=self.mean + kept * modes["value"], sd=np.sqrt(np.maximum(variance, 0.0)))


def spread_of_effects(
    plan: ModelPlan, line: Fit, kind: str, study: Study, *, shuffles: int = SHUFFLES, draws: int = DRAWS
) -> Spread:
    """How much the athletes' effects of `kind` differ; `line` is the fit of `plan`.

    The model gets a slope of the deviation for each athlete by `models.fit_by_ladder`. Raises `HiprunError` with the
    reason where the outcome is not gaussian (events are too few for it), the kind is not in the model, there are fewer
    than `FEWEST_WITH_SLOPES` athletes, or the model cannot be fitted.
    """
    term = f"{kind}_within"
    rows = _asked(plan, line, term)
    formula = plan.formula.replace(f"(1 | {ATHLETE})", f"(1 + {term} | {ATHLETE})")
    options = {"family": plan.family, "offset": plan.offset, "level": study.confidence_level}
    ladder = fit_by_ladder(formula, plan.frame, **options)
    if not ladder.fit.converged:
        raise HiprunError("the model with effects of each runner did not converge")
    # A slope model that the ladder left is fitted again: the ladder keeps no fit but the last.
    slopes = ladder.fit if ladder.fit.formula == formula else fit(formula, plan.frame, **options)
    by_chance = _by_chance(formula, plan, rows, term, options, shuffles, study.seed)
    if not slopes.converged or not len(by_chance):
        raise HiprunError("the model with effects of each runner did not converge")
    again = cluster_bootstrap(slopes, plan.frame, plan.cluster, n=draws, seed=study.seed).table
    again = again.loc[(again["parameter"] == "sd") & (again["group"] == ATHLETE) & (again["term"] == term), "value"]
    return Spread(
        kind=kind,
        ladder=ladder,
        mean=float(line.estimates.set_index("term").loc[term, "estimate"]),
        found=_slope_variance(slopes, term),
        by_chance=by_chance,
        draws=again.dropna().to_numpy() ** 2,
        level=study.confidence_level,
        n_athletes=rows[ATHLETE].nunique(),
    )


def _asked(plan: ModelPlan, line: Fit, term: str) -> pd.DataFrame:
    """The rows of the fit. Raises `HiprunError` where the athletes' own effects cannot be asked for."""
    if term not in plan.terms:
        raise HiprunError(
            f"{term.removesuffix('_within')} work is not in the model ({plan.reasons.get(term, 'not known')})"
        )
    if plan.family != "gaussian":
        raise HiprunError("effects of each runner are only asked of an outcome rated every week, not of events")
    rows = plan.frame.loc[line.fitted.index]
    if rows[ATHLETE].nunique() < FEWEST_WITH_SLOPES:
        raise HiprunError(f"fewer than {FEWEST_WITH_SLOPES} runners for effects of their own")
    return rows


def spread_table(spreads: Sequence[Spread]) -> pd.DataFrame:
    """kind, estimate (SD of the runners' own effects per dose step), ci_low, ci_high, mean_effect, p_value,
    n_athletes; a row a kind."""
    rows = [(s.kind, s.sd, *s.limits, s.mean, s.p_value, s.n_athletes) for s in spreads]
    return pd.DataFrame(rows, columns=["kind", "estimate", "ci_low", "ci_high", "mean_effect", "p_value", "n_athletes"])


def _slope_variance(made: Fit, term: str) -> float:
    """The variance of the athletes' slopes; 0 where the fit has none, missing where it did not converge."""
    table = made.random_effects
    sd = table.loc[(table["group"] == ATHLETE) & (table["term"] == term), "sd"]
    return float(sd.iloc[0] ** 2) if len(sd) else 0.0


def _by_chance(
    formula: str, plan: ModelPlan, rows: pd.DataFrame, term: str, options: Mapping[str, object], n: int, seed: int
) -> np.ndarray:
    """The variances of the slopes where athletes have the deviations of others, of the shuffles that converged."""
    found = []
    for frame in _shuffled(plan.frame.loc[rows.index], term, n, seed):
        made = fit(formula, frame, **options)
        found += [_slope_variance(made, term)] if made.converged else []
    return np.array(found)


def _shuffled(rows: pd.DataFrame, term: str, n: int, seed: int) -> Iterator[pd.DataFrame]:
    """`rows` with the deviations of the next athlete in a random order, by week in programme, `n` times."""
    rng = np.random.default_rng(seed)
    athletes = rows[ATHLETE].unique()
    by_week = rows.set_index([ATHLETE, "programme_week"])[term]
    for _ in range(n):
        order = rng.permutation(athletes)
        other = rows[ATHLETE].map(dict(zip(order, np.roll(order, 1), strict=True)))
        weeks = pd.MultiIndex.from_arrays([other, rows["programme_week"]])
        yield rows.assign(**{term: by_week.reindex(weeks).to_numpy()}).dropna(subset=[term])
