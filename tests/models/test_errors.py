"""Every reason to refuse a model is said in words; nothing of the engines' own errors comes through."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.models import fit

OK = "pain ~ mob + (1 | athlete)"


@pytest.mark.parametrize(
    "formula, message",
    [
        ("", "expected text such as"),
        (3, "found 3, expected text"),
        ("pain mob", "expected one '~'"),
        ("pain ~ mob ~ stab", "expected one '~'"),
        ("~ mob", "expected one '~'"),
        ("pain ~ .", "list the columns"),
        ("pain ~ mob +", "nothing stands beside"),
        ("pain ~ mob + + stab", "nothing stands beside"),
        ("pain ~ mob + (1 | athlete", "brackets do not match"),
        ("pain ~ mob) + (1 | athlete", "brackets do not match"),
        ("pain ~ mob | athlete", r"expected a random term in brackets.*found 'mob \| athlete'"),
        ("pain ~ stab*(1 | athlete)", "expected a random term in brackets"),
        ("pain ~ mob + ( | athlete)", "expected a random term in brackets"),
        ("pain ~ mob + (1 ||| athlete)", "expected a random term in brackets"),
        ("pain ~ mob + (1 + mob || athlete)", r"engine 'glmm': .* has no correlation.*\(engine='mixedlm' can\)"),
        ("pain ~ mob - (1 | athlete)", "cannot be taken away"),
        ("pain ~ mob + (1 | athlete + clinic)", r"the group 'athlete\+clinic' is not a column"),
        ("pain ~ mob + offset()", "expected offset"),
        ("pain ~ mob + offset(off):stab", "expected offset"),
        ("pain ~ np.log(off)", "unknown function 'np.log'; a formula may use C, "),
        ("pain ~ __import__('os') + mob", "unknown function '__import__'"),
        ("pain ~ mob + 2", "cannot compute 'mob \\+ 2'"),
        ("pain ~ bs(mob, df=1)", "cannot compute"),
        ("pain ~ log(mob)", r"term 'log\(mob\)': not a finite number in \d+ of 1000"),
        ("pain ~ 0 + (1 | athlete)", "no fixed term"),
        ("pain ~ mob + (0 | athlete)", "the random term for 'athlete' has no column"),
        ("pain ~ mobb + (1 | athlete)", "column 'mobb': named in the model, not in the data; did you mean mob"),
        ("pain ~ mob + (1 | team)", "column 'team': named in the model, not in the data"),
        ("log(pain) ~ mob", r"term 'log\(pain\)': not a finite number"),
        ("bs(pain, df=4) ~ mob", r"the outcome 'bs\(pain, df=4\)' is not one column of numbers"),
        ("inj ~ offset(log(week))", r"term 'log\(week\)': not a finite number"),
    ],
)
def test_a_formula_that_cannot_be_read_says_what_is_wrong(weeks, formula, message):
    with pytest.raises(HiprunError, match=message):
        fit(formula, weeks)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"family": "weibull"}, "family: found 'weibull', expected one of gaussian, poisson"),
        ({"engine": "lme4"}, "engine: found 'lme4', expected one of glmm, statsmodels"),
        ({"level": 95}, "level: found 95, expected a number between 0 and 1"),
        ({"offset": "exposure"}, "column 'exposure': named in the model, not in the data"),
        ({"offset": 3.0}, "offset: found float, expected the name of a column"),
        ({"offset": "word"}, "column 'word': an outcome or offset must be numbers"),
        ({"weights": ["off"]}, "weights: found list, expected the name of a column"),
        ({"weights": "none"}, "weights 'none': 1000 of 1000 are 0 or below, expected numbers above 0"),
    ],
)
def test_an_argument_out_of_range_is_named(weeks, arguments, message):
    with pytest.raises(HiprunError, match=message):
        fit(OK, weeks.assign(word="a", none=0.0), **arguments)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"mob": np.inf}, "column 'mob': 1000 of 1000 values are infinite"),
        ({"mob": np.nan}, r"no row of 1000 has a value in every used column; .*: mob \(1000\)"),
        ({"pain": 3.0}, "outcome 'pain': every one of the 1000 used values is 3"),
        ({"pain": "sore"}, "column 'pain': an outcome or offset must be numbers"),
        ({"mob": "same"}, "column 'mob': a categorical term needs two levels or more, found only 'same'"),
        ({"mob": pd.Timestamp("2024-01-01")}, "column 'mob': holds datetime64.*expected numbers, text"),
        ({"mob": 1j}, "column 'mob': holds complex128"),
        ({"athlete": "one"}, r"group 'athlete': too few groups: found 1 \('one'\)"),
        ({"athlete": range(1000)}, "group 'athlete': 1000 groups × 1 random terms for 1000 rows"),
    ],
)
def test_a_column_of_no_use_is_named_with_what_was_found(weeks, changes, message):
    with pytest.raises(HiprunError, match=message):
        fit(OK, weeks.assign(**changes))


def test_mixed_objects_in_a_column_are_refused(weeks):
    frame = weeks.assign(mob=pd.Series([1, "two"] * 500, dtype=object))
    with pytest.raises(HiprunError, match="column 'mob': holds int, str, expected numbers"):
        fit(OK, frame)


@pytest.mark.parametrize(
    "family, values, message",
    [
        ("poisson", [0, 1, -1, 2], r"1 of 4 values do not fit family 'poisson' \(first: -1\); expected counts"),
        ("negativebinomial", [0, 1.5, 3, 2], r"family 'negativebinomial' \(first: 1.5\); expected counts"),
        ("binomial", [0, 1, 2, 1], r"family 'binomial' \(first: 2\); expected 0 or 1"),
        ("gamma", [1, 0, 2, 3], r"family 'gamma' \(first: 0\); expected numbers above 0"),
    ],
)
def test_an_outcome_the_family_cannot_hold_is_refused(family, values, message):
    with pytest.raises(HiprunError, match=message):
        fit("y ~ 1", pd.DataFrame({"y": values}), family)


def test_too_few_rows_are_counted(weeks):
    with pytest.raises(HiprunError, match="too few rows: 3 complete rows for 4 fixed terms"):
        fit("pain ~ mob*stab", weeks.iloc[:3])
    with pytest.raises(HiprunError, match="no row of 0 has a value"):
        fit(OK, weeks.iloc[:0])


def test_data_that_are_no_frame_or_have_a_column_twice_are_refused(weeks):
    with pytest.raises(HiprunError, match="found data of type dict, expected a pandas DataFrame"):
        fit(OK, {"pain": [1, 2]})
    with pytest.raises(HiprunError, match="column 'mob': the data has 2 columns of that name"):
        fit(OK, pd.concat([weeks, weeks[["mob"]]], axis=1))


def test_terms_that_would_share_a_name_are_refused(weeks):
    frame = weeks.assign(sideleft=weeks["hip"], side=np.where(weeks["sex"] > 0, "left", "back"))
    with pytest.raises(HiprunError, match="two terms are called 'sideleft'"):
        fit("pain ~ side + sideleft", frame)


@pytest.mark.parametrize(
    "formula, family, message",
    [
        ("inj ~ mob + (1 | athlete)", "poisson", "cannot fit a poisson model with random terms; engine='glmm' can"),
        ("prob ~ mob + (1 | athlete)", "binomial", "cannot fit a binomial model with random terms"),
        ("week1 ~ mob", "gamma", "cannot fit a gamma model; engine='glmm' can"),
        (
            "pain ~ mob + (1 | clinic) + (1 + mob | athlete)",
            "gaussian",
            r"cannot fit \(1 \+ mob \| athlete\) beside another random term; engine='glmm' can",
        ),
    ],
)
def test_statsmodels_names_the_engine_that_can(weeks, formula, family, message):
    with pytest.raises(HiprunError, match=message):
        fit(formula, weeks.assign(week1=weeks["week"] + 1), family, engine="statsmodels")


@pytest.mark.parametrize(
    "random, message",
    [
        ("(0 + mob | athlete)", r"has no intercept, which it cannot fit \(engine='mixedlm' can\)"),
        ("(1 + stab | athlete)", r"'stab' for 'athlete' is no fixed term.*\(engine='mixedlm' can\)"),
        ("(1 | athlete) + (1 + mob | athlete)", r"group 'athlete' has two random terms.*\(engine='mixedlm' can\)"),
    ],
)
def test_glmm_names_the_engine_that_can(weeks, random, message):
    with pytest.raises(HiprunError, match=message):
        fit(f"pain ~ mob + {random}", weeks)


def test_an_identity_link_has_no_ratio_scale(weeks):
    with pytest.raises(HiprunError, match="no ratio scale; read `estimates`"):
        _ = fit("pain ~ mob", weeks).response_estimates
