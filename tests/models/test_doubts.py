"""What a fit says against itself: few events, few groups, separation, each with the term it is about."""

import numpy as np
import pandas as pd
import pytest

from analysis.models import fit


def starting(model, text):
    return [message for message in model.messages if message.startswith(text)]


def rare(n_events: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd"))
    return frame.assign(y=(np.arange(400) % (400 // n_events) == 0).astype(int), athlete=np.repeat(range(20), 20))


@pytest.mark.parametrize("family", ["poisson", "binomial", "negativebinomial"])
def test_fewer_than_five_events_a_term_are_named(family):
    """Nielsen et al. 2019: 16 events for 4 terms are too few, 20 are not."""
    few = fit("y ~ a + b + c + d + (1 | athlete)", rare(16), family)
    assert starting(few, "caution: 16 events for 4 terms, fewer than 5 each")
    enough = fit("y ~ a + b + c + d + (1 | athlete)", rare(20), family)
    assert not starting(enough, "caution: 20 events")


def test_the_rarer_value_of_a_yes_or_no_counts_as_the_event():
    frame = rare(16).assign(y=lambda f: 1 - f["y"])
    assert starting(fit("y ~ a + b + c + d", frame, "binomial"), "caution: 16 events for 4 terms")


def test_a_continuous_outcome_has_no_events(weeks):
    assert not [message for message in fit("pain ~ mob + (1 | athlete)", weeks).messages if "events" in message]


@pytest.mark.parametrize(
    "family, value, message",
    [
        ("binomial", 0, "severe: risk: the outcome is 0 in all 100 rows where this term is 1"),
        ("binomial", 1, "severe: risk: the outcome is 1 in all 100 rows where this term is 1"),
        ("poisson", 0, "severe: risk: the outcome is 0 in all 100 rows where this term is 1"),
    ],
)
@pytest.mark.parametrize("engine", ["glmm", "mixedlm"])
def test_separation_is_no_result_and_names_the_term(family, value, message, engine):
    rng = np.random.default_rng(2)
    frame = rare(20).assign(risk=(np.arange(400) < 100) * 1.0, y=rng.integers(0, 2, 400))
    frame.loc[:99, "y"] = value
    model = fit("y ~ a + risk + (1 | athlete)", frame, family, engine=engine)
    assert starting(model, message)
    assert not model.converged and model.estimates["estimate"].isna().all()


def test_fewer_than_five_groups_are_named(weeks):
    model = fit("pain ~ mob + (1 | clinic) + (1 | athlete)", weeks)
    assert starting(model, "caution: group clinic has 4 levels")
    assert not starting(model, "caution: group athlete")
