"""The four models that are compared, as each program writes them."""

from dataclasses import dataclass

from benchmarks.athlete_weeks import FIXED


@dataclass(frozen=True)
class Model:
    """One model: `name` in the tables, `outcome` column, `random` term, hiprun's `family`, `offset` column or None."""

    name: str
    outcome: str
    random: str
    family: str
    offset: str | None = None

    @property
    def formula(self) -> str:
        """lme4 style, without the offset, which each program takes in its own way."""
        return f"{self.outcome} ~ {FIXED} + {self.random}"


MODELS = (
    Model("LMM, slope", "pain", "(1 + mob | athlete)", "gaussian"),
    Model("Poisson, offset", "inj", "(1 | athlete)", "poisson", "off"),
    Model("logit, slope", "prob", "(1 + mob | athlete)", "binomial"),
    Model("negative binomial", "injnb", "(1 | athlete)", "negativebinomial", "off"),
)
