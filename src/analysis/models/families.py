"""The outcome families: their link, their ratio on the response scale and the values they allow."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from analysis.errors import HiprunError


@dataclass(frozen=True)
class Family:
    """A distribution with its link.

    `ratio` names exp(estimate) of a term and `baseline` that of the intercept; both are empty for the
    identity link, which has no ratio. `allowed` says in words which outcomes are valid.
    """

    name: str
    link: str
    ratio: str
    baseline: str
    allowed: str

    def invalid(self, y: np.ndarray) -> np.ndarray:
        """Which outcomes (n,) the family cannot hold."""
        if self.name in COUNTS:
            return (y < 0) | (y != np.round(y))
        if self.name == "binomial":
            return (y != 0) & (y != 1)
        if self.name == "gamma":
            return y <= 0
        return np.zeros(len(y), dtype=bool)

    def slope(self, mean: np.ndarray) -> np.ndarray:
        """dμ/dη (n,) at expected outcomes."""
        if self.link == "log":
            return mean
        return mean * (1 - mean) if self.link == "logit" else np.ones(len(mean))

    def mean(self, eta: np.ndarray) -> np.ndarray:
        """The expected outcome (n,) of linear predictors, the inverse of the link."""
        with np.errstate(over="ignore"):  # beyond the largest number it is infinite
            return {"identity": np.positive, "log": np.exp, "logit": expit}[self.link](eta)


COUNTS = ("poisson", "negativebinomial")

FAMILIES = {
    family.name: family
    for family in (
        Family("gaussian", "identity", "", "", "numbers"),
        Family("poisson", "log", "IRR", "rate", "counts: whole numbers from 0 up"),
        Family("negativebinomial", "log", "IRR", "rate", "counts: whole numbers from 0 up"),
        Family("binomial", "logit", "OR", "odds", "0 or 1, False or True"),
        Family("gamma", "log", "ratio", "mean", "numbers above 0"),
    )
}


def family_named(name: str) -> Family:
    """The family called `name`; HiprunError lists the known ones."""
    if name not in FAMILIES:
        raise HiprunError(f"family: found {name!r}, expected one of {', '.join(FAMILIES)}.")
    return FAMILIES[name]


def check_outcome(y: np.ndarray, name: str, family: Family) -> None:
    """Refuse an outcome `y` (n,) that the family cannot hold or that never varies."""
    wrong = family.invalid(y)
    if wrong.any():
        first = y[wrong][0]
        raise HiprunError(
            f"outcome {name!r}: {int(wrong.sum())} of {len(y)} values do not fit family {family.name!r} "
            f"(first: {first:g}); expected {family.allowed}."
        )
    if (y == y[0]).all():
        raise HiprunError(
            f"outcome {name!r}: every one of the {len(y)} used values is {y[0]:g}; a model needs an outcome "
            "that varies."
        )
