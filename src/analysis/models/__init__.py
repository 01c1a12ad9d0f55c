"""Mixed models: formula in, `Fit` out, engines behind one door."""

from analysis.models.card import fit_card
from analysis.models.choose import CountModel, choose_count_model
from analysis.models.collinear import variance_inflation
from analysis.models.compare import information, likelihood_ratio, wald_test
from analysis.models.contrast import contrast
from analysis.models.door import ENGINES, fit
from analysis.models.explained import explained
from analysis.models.families import FAMILIES
from analysis.models.ladder import LadderFit, LadderStep, fit_by_ladder
from analysis.models.predict import predict
from analysis.models.residual import dispersion_ratio, quantile_residuals, residual_autocorrelation, zero_inflation
from analysis.models.result import Fit
from analysis.models.robust import cluster_robust
from analysis.models.store import read_fit, save_fit
from analysis.models.tidy import tidy

__all__ = [
    "ENGINES",
    "FAMILIES",
    "CountModel",
    "Fit",
    "LadderFit",
    "LadderStep",
    "choose_count_model",
    "cluster_robust",
    "contrast",
    "dispersion_ratio",
    "explained",
    "fit",
    "fit_by_ladder",
    "fit_card",
    "information",
    "likelihood_ratio",
    "predict",
    "quantile_residuals",
    "read_fit",
    "residual_autocorrelation",
    "save_fit",
    "tidy",
    "variance_inflation",
    "wald_test",
    "zero_inflation",
]
