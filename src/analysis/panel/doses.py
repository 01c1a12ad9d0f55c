"""What explains a week: doses known before it starts, split into the athlete's habit and the deviation from it.

The habit is the athlete's mean dose *to date*. The usual choice, the mean over the whole follow-up
(Bell & Jones 2015), would let later weeks, and through them later pain, into what explains this one.
"""

import math

import pandas as pd

from analysis.training_load import half_life_means


def lagged_dose(weekly: pd.Series, athlete: pd.Series, half_life_weeks: float) -> pd.Series:
    """Exponentially weighted mean of the weeks before each week, by athlete, in the unit of `weekly`.

    The week `k` weeks back weighs 2^(-k / half-life); weeks not watched are left out and the weights of
    the others are scaled to sum to 1. Missing where no week within two half-lives before was watched.
    `weekly` must be in week order within each athlete, with a row for every calendar week.
    """
    smooth = half_life_means(weekly, athlete, half_life_weeks)
    reach = max(1, math.ceil(2 * half_life_weeks))
    watched = weekly.notna().groupby(athlete, sort=False).cumsum()
    recent = watched - watched.groupby(athlete, sort=False).shift(reach, fill_value=0)
    return smooth.where(recent > 0).groupby(athlete, sort=False).shift(1)


def split_within_between(dose: pd.Series, athlete: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(between, within): the athlete's mean of `dose` up to and including each week, and the deviation from it."""
    by_place = dose.reset_index(drop=True).groupby(athlete.to_numpy(), sort=False)
    to_date = by_place.expanding().mean().droplevel(0).sort_index().set_axis(dose.index)
    between = to_date.where(dose.notna())
    return between, dose - between


def dose_columns(
    name: str, unit: str, weekly: pd.Series, athlete: pd.Series, half_life_weeks: float
) -> dict[str, pd.Series]:
    """The three columns of one dose: its value, the athlete's own mean to date, and the deviation from it."""
    dose = lagged_dose(weekly, athlete, half_life_weeks)
    between, within = split_within_between(dose, athlete)
    return {f"{name}_{unit}": dose, f"{name}_between_{unit}": between, f"{name}_within_{unit}": within}
