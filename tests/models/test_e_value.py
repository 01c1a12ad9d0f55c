"""E-values: the published examples, closed forms, and the bound they stand for."""

import numpy as np
import pytest

from analysis.errors import HiprunError
from analysis.models import contrast, fit
from analysis.models.e_value import e_value, e_value_of


@pytest.mark.parametrize(
    ("ratio", "expected", "limit"),
    [
        # VanderWeele and Ding 2017, Ann Intern Med 167:268: breastfeeding and death by respiratory infection (Victora
        # 1987), "7.26-fold each" and 3.0; breastfeeding and childhood leukaemia (Kwan 2004), 1.81 and 1.43
        ((3.9, 1.8, 8.7), 7.26, 3.00),
        ((0.80, 0.71, 0.91), 1.81, 1.43),
        # smoking and lung cancer (Hammond and Horn 1958), vignette of R's EValue: 20.94777 and 15.52336
        ((10.73, 8.02, 14.36), 20.94777, 15.52336),
    ],
)
def test_published_examples(ratio, expected, limit):
    found = e_value(*ratio, scale="risk ratio")
    digits = 5 if expected > 20 else 2
    assert round(found.estimate, digits) == expected
    assert round(found.limit, digits) == limit


@pytest.mark.parametrize("ratio", [1.0, 1.2, 3.9, 25.0])
def test_a_confounder_of_this_strength_is_just_enough(ratio):
    """The bounding factor RR_UD RR_EU / (RR_UD + RR_EU - 1) of Ding and VanderWeele 2016, Epidemiology 27:368, at both
    strengths equal to the E-value, is the risk ratio."""
    strength = e_value(ratio, ratio, ratio).estimate
    assert strength**2 / (2 * strength - 1) == pytest.approx(ratio)


def test_protective_and_harmful_ratios_have_the_same():
    down, up = e_value(1 / 3.9, 1 / 8.7, 1 / 1.8), e_value(3.9, 1.8, 8.7)
    assert (down.estimate, down.limit) == pytest.approx((up.estimate, up.limit))


@pytest.mark.parametrize("interval", [(0.9, 1.7), (1.0, 1.7), (0.9, np.inf)])
def test_the_limit_is_1_if_the_interval_holds_no_association(interval):
    assert e_value(1.3, *interval).limit == 1


def test_an_odds_ratio_counts_as_risk_ratio_if_rare_and_as_its_root_if_common():
    """R's EValue, own test: evalues.OR(5) is 5 + √20 if rare; table 2 of the paper: √OR if common."""
    rare = e_value(5, 3, 8, scale="odds ratio, rare outcome")
    common = e_value(5, 3, 8, scale="odds ratio, common outcome")
    assert rare.estimate == pytest.approx(5 + np.sqrt(20))
    root = np.sqrt([5, 3, 8])
    assert (common.risk_ratio, common.ci_low, common.ci_high) == pytest.approx(tuple(root))
    assert common.estimate == pytest.approx(root[0] + np.sqrt(root[0] * (root[0] - 1)))
    assert common.limit == pytest.approx(root[1] + np.sqrt(root[1] * (root[1] - 1)))


def test_a_standardised_difference_of_a_half_as_in_rs_evalue():
    """evalues.MD(0.5, 0.2): RR = exp(0.455), limit exp(0.455 - 1.78·0.2); 1.78 is 0.91 · 1.96 to two digits."""
    found = e_value(0.5, 0.5 - 1.96 * 0.2, 0.5 + 1.96 * 0.2, scale="standardised difference")
    assert found.risk_ratio == pytest.approx(np.exp(0.91 * 0.5))
    assert found.ci_low == pytest.approx(np.exp(0.91 * 0.5 - 1.78 * 0.2), rel=1e-3)
    assert found.estimate == pytest.approx(np.exp(0.455) + np.sqrt(np.exp(0.455) * (np.exp(0.455) - 1)))
    assert e_value(-0.5, -0.9, -0.1, scale="standardised difference").estimate == pytest.approx(found.estimate)


def test_a_confounder_weaker_than_the_e_value_cannot_make_the_association():
    """A binary U and exposure, no effect of the exposure: the observed risk ratio's E-value is at most the larger of
    the two strengths of U (that is what it says)."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        p_u, p_e, p_d = rng.uniform(0.05, 0.95), rng.uniform(0.05, 0.45, 2), rng.uniform(0.01, 0.9, 2)
        exposed = np.array([(1 - p_u) * p_e[0], p_u * p_e[1]])
        others = np.array([(1 - p_u) * (1 - p_e[0]), p_u * (1 - p_e[1])])
        share = [exposed / exposed.sum(), others / others.sum()]
        observed = share[0] @ p_d / (share[1] @ p_d)
        with_exposure = max(*(share[0] / share[1]), *(share[1] / share[0]))
        with_outcome = max(p_d) / min(p_d)
        assert e_value(observed, observed, observed).estimate <= max(with_exposure, with_outcome) + 1e-9


@pytest.mark.parametrize("family", ["poisson", "negativebinomial"])
def test_of_counts_it_is_that_of_the_rate_ratio(weeks, family):
    model = fit("inj ~ mob + (1 | athlete)", weeks, family, offset="off")
    row = model.response_estimates.set_index("term").loc["mob"]
    found = e_value_of(model, "mob", weeks)
    assert found == e_value(row["estimate"], row["ci_low"], row["ci_high"], scale="rate ratio")


def test_of_a_binary_outcome_it_depends_on_how_common_it_is(weeks):
    """prob is 1 in 28 % of the weeks; the rare outcome is made from it, about 9 %."""
    common = fit("prob ~ mob + (1 | athlete)", weeks, "binomial")
    assert weeks["prob"].mean() > 0.15
    assert e_value_of(common, "mob", weeks).scale == "odds ratio, common outcome"
    frame = weeks.assign(prob=weeks["prob"] * (weeks.index % 3 == 0))
    rare = fit("prob ~ mob + (1 | athlete)", frame, "binomial")
    found = e_value_of(rare, "mob", frame)
    assert found.scale == "odds ratio, rare outcome"
    assert found.risk_ratio == pytest.approx(np.exp(rare.estimates["estimate"][1]))


def test_of_a_gaussian_outcome_it_is_that_of_the_difference_over_the_sd_of_the_used_rows(weeks):
    frame = weeks.assign(mob=weeks["mob"].mask(weeks.index % 4 == 0))
    model = fit("pain ~ mob + (1 | athlete)", frame)
    sd = frame.dropna()["pain"].std()
    found, row = e_value_of(model, {"mob": 2}, frame), contrast(model, {"mob": 2})
    expected = e_value(*(row[["estimate", "ci_low", "ci_high"]].astype(float) / sd), scale="standardised difference")
    assert found == expected
    assert found.estimate > e_value_of(model, "mob", frame).estimate


def test_of_a_gamma_outcome_it_is_that_of_the_ratio_of_means(weeks):
    frame = weeks.assign(minutes=np.exp(weeks["pain"] / 5))
    model = fit("minutes ~ mob + (1 | athlete)", frame, "gamma")
    assert e_value_of(model, "mob", frame).scale == "ratio of means"


@pytest.mark.parametrize(
    ("given", "scale", "said"),
    [
        ((1.2, 0.9, 1.4), "hazard", "found scale 'hazard', expected one of risk ratio"),
        ((-0.2, -0.4, -0.1), "rate ratio", "take exp of them"),
        ((0.0, 0.0, 1.2), "rate ratio", "expected ratios above 0"),
        ((1.2, 1.3, 1.4), "risk ratio", "expected an estimate between its limits"),
        ((np.nan, 1.3, 1.4), "risk ratio", "expected an estimate between its limits"),
        ((1e4, 1.0, 1e5), "standardised difference", "no finite risk ratio"),
        ((-1e4, -1e5, 1.0), "standardised difference", "no finite risk ratio"),
    ],
)
def test_numbers_that_cannot_be_are_refused(given, scale, said):
    with pytest.raises(HiprunError, match=said):
        e_value(*given, scale=scale)


def test_what_is_no_association_or_no_result_is_refused(weeks):
    frame = weeks.assign(twice=2 * weeks["mob"])
    model = fit("pain ~ mob + twice + (1 | athlete)", frame)
    with pytest.raises(HiprunError, match="found the intercept"):
        e_value_of(model, "(Intercept)", frame)
    with pytest.raises(HiprunError, match="twice has no estimate"):
        e_value_of(model, "twice", frame)
    with pytest.raises(HiprunError, match="expected terms of the model"):
        e_value_of(model, "hip", frame)
    with pytest.raises(HiprunError, match="the very 1000 rows"):
        e_value_of(model, "mob", frame.iloc[1:])
