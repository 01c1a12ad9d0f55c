"""Mixed models: formula in, `Fit` out, engines behind one door."""

from analysis.models.card import fit_card
from analysis.models.contrast import contrast
from analysis.models.door import ENGINES, fit
from analysis.models.families import FAMILIES
from analysis.models.result import Fit
from analysis.models.robust import cluster_robust
from analysis.models.tidy import tidy

__all__ = ["ENGINES", "FAMILIES", "Fit", "cluster_robust", "contrast", "fit", "fit_card", "tidy"]
