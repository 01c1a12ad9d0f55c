"""Parameters: papermill takes any name and any type, so hiprun has to check both (NOTEBOOKS.md)."""

import pytest

from analysis.errors import HiprunError, InputError
from analysis.runner.parameters import as_type, read_parameters, split_given, typed_values

CELL = """
cohort = "demo"      # name
n_draws = 2000       # number
half_life = 2.0      # weeks
shift = -1.5         # negative literals are literals
strict = True        # yes or no
region = "hip_groin" # region
lags = [1, 2]        # weeks
"""


@pytest.fixture
def declared():
    return {
        "04_pain": read_parameters(CELL, "04_pain.ipynb"),
        "08_report": read_parameters('cohort = "demo"', "x"),
    }


def test_a_parameters_cell_gives_names_and_defaults():
    found = {name: p.default for name, p in read_parameters(CELL, "n.ipynb").items()}
    assert found == {
        "cohort": "demo",
        "n_draws": 2000,
        "half_life": 2.0,
        "shift": -1.5,
        "strict": True,
        "region": "hip_groin",
        "lags": [1, 2],
    }


@pytest.mark.parametrize(
    "line",
    ["week = 2 * 7", "import os", "x = y", "a = b = 1", "when = None", "x = {'a': 1}", "p.x = 1", "x = ("],
)
def test_a_parameters_cell_with_anything_but_literals_is_refused(line):
    with pytest.raises(HiprunError, match=r"05_injury\.ipynb"):
        read_parameters(f"cohort = 'demo'\n{line}", "05_injury.ipynb")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("n_draws=50", 50),
        ("half_life=3", 3.0),
        ("half_life=1e-1", 0.1),
        ("shift=-2.5", -2.5),
        ("strict=FALSE", False),
        ("region=knee", "knee"),
        ("region=a=b", "a=b"),
        ("lags=1,2, 4", [1, 2, 4]),
    ],
)
def test_a_value_gets_the_type_of_its_default(declared, given, value):
    (found,) = typed_values(split_given([given]), declared)["04_pain"].values()
    assert found == value
    assert type(found) is type(value)


def test_a_value_goes_only_to_notebooks_that_declare_it(declared):
    assert typed_values({"n_draws": "5"}, declared) == {"04_pain": {"n_draws": 5}, "08_report": {}}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("n_draws=eleven", "a whole number"),
        ("n_draws=2.5", "a whole number"),
        ("n_draws=1_000", "a whole number"),
        ("n_draws=", "a whole number"),
        ("half_life=nan", "a number"),
        ("half_life=1e999", "a number"),
        ("half_life=2,5", "a number"),
        ("strict=1", "true or false"),
        ("lags=1,x", "a whole number"),
        ("n_drawz=3", "Did you mean 'n_draws'"),
        ("cohort=other", "hiprun sets this itself"),
        ("n_draws", "NAME=VALUE"),
        ("=3", "NAME=VALUE"),
    ],
)
def test_an_unknown_name_or_a_wrong_type_is_bad_usage(declared, given, message):
    with pytest.raises(InputError, match=message):
        typed_values(split_given([given]), declared)


def test_a_name_given_twice_is_bad_usage():
    with pytest.raises(InputError, match="twice"):
        split_given(["a=1", "a=2"])


def test_an_empty_text_for_a_list_is_no_element(declared):
    assert as_type("", declared["04_pain"]["lags"]) == []
