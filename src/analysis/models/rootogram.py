"""How often each count was observed and how often the model expects it: what a rootogram draws."""

import numpy as np
import pandas as pd

from analysis.models.rebuild import check_unweighted, rebuilt
from analysis.models.residual import check_counts, distribution
from analysis.models.result import Fit

# More values than this are joined in groups of equal width; 0 stays alone.
_MOST_VALUES = 60


def expected_counts(fit: Fit, frame: pd.DataFrame) -> pd.DataFrame:
    """How many rows have each count, and Σ P(Y = count | μ) over the rows: how many the model expects.

    P is Poisson's or the negative binomial's at the fitted means, random effects included: these have followed the
    data, so that observed and expected are a little closer than under the true means. Source: Kleiber and Zeileis 2016,
    Am Stat 70:296.

    Parameters
    ----------
    fit : Fit
        A model of counts.
    frame : DataFrame
        The frame it was fitted to.

    Returns
    -------
    DataFrame
        count, count_to, observed, expected. From 0 to the largest count seen or, if that is higher, to the one beyond
        which less than half a row is expected; more than 60 values above 0 are joined, `count` to `count_to`.

    Raises
    ------
    HiprunError
        Another family; prior weights; a fit that did not converge or is of another frame.
    """
    where = "expected_counts"
    check_counts(fit, where)
    check_unweighted(fit, where)
    y = rebuilt(fit, frame, where).design.y
    mean = fit.fitted.to_numpy()
    known = distribution(fit, mean)
    last = int(max(y.max(), distribution(fit, mean.max()).isf(0.5 / len(y))))
    ends = _ends(last)
    below = np.array([known.cdf(end).sum() for end in ends])
    return pd.DataFrame(
        {
            "count": np.r_[0, ends[:-1] + 1],
            "count_to": ends,
            "observed": np.diff(np.searchsorted(np.sort(y), ends, side="right"), prepend=0),
            "expected": np.diff(below, prepend=0.0),
        }
    )


def _ends(last: int) -> np.ndarray:
    """The last count of every group: 0, then groups of one width up to `last` or a little above."""
    width = max(1, -(-last // _MOST_VALUES))
    return np.r_[0, np.arange(width, last + width, width)]
