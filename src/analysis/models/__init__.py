"""Mixed models: formula in, `Fit` out, engines behind one door."""

from analysis.models.bootstrap import Replicates, cluster_bootstrap, parametric_bootstrap, random_intervals
from analysis.models.card import fit_card
from analysis.models.choose import CountModel, choose_count_model
from analysis.models.collinear import variance_inflation
from analysis.models.compare import information, likelihood_ratio, wald_test
from analysis.models.contrast import contrast
from analysis.models.door import ENGINES, fit
from analysis.models.e_value import EValue, e_value, e_value_of
from analysis.models.explained import explained
from analysis.models.families import FAMILIES
from analysis.models.impute import Imputed, impute
from analysis.models.influence import cooks_distance, leave_out
from analysis.models.ladder import LadderFit, LadderStep, fit_by_ladder
from analysis.models.marginal import comparison, curve, marginal_effect
from analysis.models.meta_analysis import PooledStudies, pool_studies
from analysis.models.ordinal import OrdinalFit, fit_ordinal
from analysis.models.pool import Pooled, fit_imputed, pooled_contrast, rubin
from analysis.models.predict import predict
from analysis.models.residual import dispersion_ratio, quantile_residuals, residual_autocorrelation, zero_inflation
from analysis.models.result import Fit
from analysis.models.robust import cluster_robust
from analysis.models.rootogram import expected_counts
from analysis.models.store import read_fit, save_fit
from analysis.models.tidy import tidy
from analysis.models.tipping import TippingPoint, tipping_point

__all__ = [
    "ENGINES",
    "FAMILIES",
    "CountModel",
    "EValue",
    "Fit",
    "Imputed",
    "LadderFit",
    "LadderStep",
    "OrdinalFit",
    "Pooled",
    "PooledStudies",
    "Replicates",
    "TippingPoint",
    "choose_count_model",
    "cluster_bootstrap",
    "cluster_robust",
    "comparison",
    "contrast",
    "cooks_distance",
    "curve",
    "dispersion_ratio",
    "e_value",
    "e_value_of",
    "expected_counts",
    "explained",
    "fit",
    "fit_by_ladder",
    "fit_card",
    "fit_imputed",
    "fit_ordinal",
    "impute",
    "information",
    "leave_out",
    "likelihood_ratio",
    "marginal_effect",
    "parametric_bootstrap",
    "pool_studies",
    "pooled_contrast",
    "predict",
    "quantile_residuals",
    "random_intervals",
    "read_fit",
    "residual_autocorrelation",
    "rubin",
    "save_fit",
    "tidy",
    "tipping_point",
    "variance_inflation",
    "wald_test",
    "zero_inflation",
]
