"""Whether the sensitivity checks move a reading across no effect (CLAIMS.md, "Readings")."""

from analysis.claims.claim import Claim, Estimand
from analysis.claims.frames import ClaimData
from analysis.claims.reading import AGAINST, SUPPORTED
from analysis.claims.robustness.alternatives import alternatives, in_words
from analysis.claims.robustness.every_alternative import estimated_row
from analysis.claims.robustness.question import Primary, Question, Settings
from analysis.errors import HiprunError

OPPOSITE = {SUPPORTED: AGAINST, AGAINST: SUPPORTED}


def moved_across_zero(data: ClaimData, claim: Claim, estimand: Estimand, shared: dict | None = None) -> tuple[str, ...]:
    """The alternative analyses in which the effect is clear on the other side of no effect, in words.

    Where the interval of the planned analysis is not clear of no effect, or there is none, nothing can be moved: no
    alternative is worked out. Else these are, each read by its own interval: the dose known 1 to 3 weeks earlier and of
    other half-lives, without each clinic, without the runner whose absence makes the estimate lowest or highest, other
    programs, GEE, negative binomial, only runners without missing weeks or with few, missing weeks imputed, unadjusted.
    Controls, stress tests and other outcomes are no rivals of the planned analysis. One without an estimate moves
    nothing.

    `shared`: one dictionary for all estimands of the same data, so that those of one model share its fits.
    """
    primary = Primary(data, Question(claim, estimand, data.study), Settings(), {} if shared is None else shared)
    try:
        first, *others = alternatives(primary)
    except HiprunError:
        return ()
    other_side = OPPOSITE.get(estimated_row(primary, first)["reading"])
    if other_side is None:
        return ()
    rivals = [one for one in others if one.comparable]
    return tuple(in_words(r.kind, r.label) for r in rivals if estimated_row(primary, r)["reading"] == other_side)
