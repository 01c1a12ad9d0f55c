"""What a claim is: a sentence, and estimands that put it to the data, each an outcome, some terms and a contrast."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analysis.claims.hip_terms import change_of
from analysis.claims.primary import ADJUSTMENT, INJURY, PAIN, Model, columns_of, region_in_words
from analysis.errors import HiprunError
from analysis.study import Study

LOWER, HIGHER = -1, 1
WHO = ("age_decades", "sex_male", "previous_injury_yes")
RUN = ("duration_10_min", "on_trail", "on_treadmill", *WHO)


@dataclass(frozen=True)
class Outcome:
    """What is explained: the rows it is known in, and the model of it to which a claim adds its terms.

    `frame` is the attribute of `claims.frames.ClaimData` that holds the rows, `rows` what one is called. `words` name
    it as the end of "0.2 points lower …", of a ratio "a 10 % lower …"; `{region}` is the region of the study, `unit`
    that of a difference. `smallest` is the choice of the study that is the smallest effect of interest.
    """

    model: Model
    frame: str
    rows: str
    words: str
    unit: str = ""
    smallest: str | None = None

    def about(self, study: Study) -> str:
        """`words` with the region of the study."""
        return self.words.format(region=region_in_words(study))


def _with(model: Model, **other: object) -> Model:
    """`model` without terms of its own but those in `other`."""
    return replace(model, exposures=(), **({"adjustment": ()} | other))


_PAIN, _RATE = "smallest_effect_pain_nrs", "smallest_effect_rate_ratio"
_LEGS = "(1 | athlete_id/side)"
_RUNS = Model("speed", "speed_km_h", "gaussian", exposures=())
_CHANGE = Model("change", "change_deg", "gaussian", exposures=(), calendar=False)
OUTCOMES = {
    "pain": Outcome(PAIN, "weeks", "weeks", "weekly {region} pain", "points", _PAIN),
    "injury": Outcome(INJURY, "weeks", "weeks", "rate of new injuries", smallest=_RATE),
    "first_pain": Outcome(
        _with(Model("first pain", "first_pain", "binomial"), adjustment=WHO, random=""),
        "first_weeks", "weeks", "odds of {region} pain above 3 for the first time", smallest=_RATE,
    ),
    "leg_pain": Outcome(_with(PAIN, random=_LEGS), "legs", "leg-weeks", "{region} pain on that side", "points", _PAIN),
    "leg_injury": Outcome(_with(INJURY, random=_LEGS), "legs", "leg-weeks", "rate of new injuries", smallest=_RATE),
    "pain_elsewhere": Outcome(
        replace(PAIN, adjustment=("C(region)", *ADJUSTMENT), random="(1 | athlete_id/region)"),
        "regions", "region-weeks", "pain there", "points", _PAIN,
    ),
    "speed_at_heart_rate": Outcome(
        replace(_RUNS, adjustment=("heart_rate_10_bpm", *RUN)), "runs", "runs", "speed at the same heart rate", "km/h"
    ),
    "speed_at_exertion": Outcome(
        replace(_RUNS, adjustment=("rpe", *RUN)), "runs", "runs", "speed at the same rating of exertion", "km/h"
    ),
    "top_speed": Outcome(replace(_RUNS, outcome="top_speed_km_h", adjustment=RUN), "runs", "runs", "top speed", "km/h"),
    "soreness": Outcome(
        Model("soreness", "soreness_next_day_nrs", "gaussian", exposures=()),
        "work_days", "days", "soreness the next day", "points",
    ),
    "range_gained": Outcome(
        replace(_CHANGE, adjustment=("C(motion)", "before", "weeks_between", *WHO)),
        "range_changes", "changes", "range gained", "degrees",
    ),
    "range_kept": Outcome(
        replace(_CHANGE, outcome="kept_percent", adjustment=("C(motion)", "weeks_later")),
        "gains_kept", "gains", "share of a gain left at the next test", "percentage points",
    ),
    "balance_gained": Outcome(
        replace(_CHANGE, outcome="change_s", adjustment=("before", "weeks_between", *WHO)),
        "balance_changes", "changes", "time on one leg gained", "seconds",
    ),
}  # fmt: skip
"""Pain and injuries of weeks have the primary models as they are; the others are adjusted for what differs between
their rows. The two legs of a runner share all but the side, so nothing is adjusted for between them."""


@dataclass(frozen=True)
class Estimand:
    """One number that a claim is about.

    `outcome`: of `OUTCOMES`. `label` names the contrast in tables, `contrast` ends "In weeks with …"; `{step}` is the
    dose step in minutes. `weights`: the terms that are summed. `adds`: terms joined to the outcome's model, in place of
    those in `replaces`; one that these data cannot carry is left out unless it is among `needs`, the columns without
    which there is no estimate. `expected`: -1 where the claim is of lower values, 1 of higher ones. `further`: said
    beside a primary claim, but not confirmed with it. `gain_of`: terms whose gain in fit is said in the note.
    """

    outcome: str
    label: str
    contrast: str
    weights: Mapping[str, float]
    expected: int
    needs: tuple[str, ...]
    adds: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    further: bool = False
    gain_of: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise HiprunError(f"claim: found the outcome {self.outcome!r}, expected one of {', '.join(OUTCOMES)}.")
        if self.expected not in (LOWER, HIGHER):
            raise HiprunError(f"claim: found the direction {self.expected!r}, expected -1 (lower) or 1 (higher).")
        if not self.weights or not self.needs:
            raise HiprunError(f"claim: {self.label!r} has no weights or needs nothing; expected both.")

    @property
    def term(self) -> str:
        """What the estimand is called in tables: no two have the same."""
        return f"{self.outcome}: {' '.join(self.weights)}"

    @property
    def model(self) -> Model:
        """The outcome's model with the terms of the claim; what was an exposure of it is then adjusted for, and so is
        the change of each hip score (`hip_terms`)."""
        model = OUTCOMES[self.outcome].model
        if not self.adds:
            return model
        kept = tuple(t for t in (*model.exposures, *model.adjustment) if t not in self.replaces and t not in self.adds)
        return replace(model, exposures=(), adjustment=(*kept, *self.changes), adds=self.adds)

    @property
    def changes(self) -> tuple[str, ...]:
        """The columns of the change of each hip score among the terms of the claim."""
        found = (change_of(column) for term in self.adds for column in columns_of(term))
        return tuple(dict.fromkeys(change for change in found if change))


@dataclass(frozen=True)
class Claim:
    """A claim, declared once: its id in CLAIMS.md, a short title, the sentence, whether it is confirmed with the other
    primary claims (Holm), and its estimands."""

    id: str
    title: str
    sentence: str
    primary: bool
    estimands: tuple[Estimand, ...]


def on_pain_and_injury(*, expected: int = LOWER, **rest: object) -> tuple[Estimand, Estimand]:
    """One contrast on weekly pain and on the rate of new injuries; `rest` as for `Estimand`."""
    return tuple(Estimand(outcome=outcome, expected=expected, **rest) for outcome in ("pain", "injury"))
