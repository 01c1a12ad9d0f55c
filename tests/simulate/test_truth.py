"""The truth: honest defaults, a null, and a file that is checked."""

import dataclasses

import pytest

from analysis.errors import InputError
from analysis.simulate import Truth, describe_truth, null_truth, read_truth
from analysis.simulate.truth import EFFECT


def test_null_truth_has_every_difference_zero_and_every_ratio_one():
    effects = [d for d in describe_truth(null_truth()) if d["kind"] == EFFECT]
    assert len(effects) >= 15
    assert {d["value"] for d in effects if d["scale"] == "identity"} == {0.0}
    assert {d["value"] for d in effects if d["scale"] == "log"} == {1.0}


def test_null_truth_keeps_levels_spreads_and_missingness():
    changed = {f.name for f in dataclasses.fields(Truth) if getattr(Truth(), f.name) != getattr(null_truth(), f.name)}
    effects = {d["name"] for d in describe_truth(Truth()) if d["kind"] == EFFECT}
    assert changed <= effects


def test_default_truth_is_the_one_stated_in_the_plan_of_claims():
    truth = Truth()
    assert (truth.pain_mobility_within, truth.pain_stability_within) == (-0.25, -0.20)
    assert truth.injury_mobility_within == truth.injury_stability_within == 0.90
    assert truth.injury_previous_injury == 1.7
    assert 0.5 <= truth.injury_frailty_sd <= 0.8


def test_every_part_of_the_truth_says_its_unit_scale_and_definition():
    for part in describe_truth(Truth()):
        assert part["definition"], part["name"]
        assert part["scale"] in {"identity", "log", "logit"}
        assert set(part) == {"name", "value", "kind", "unit", "scale", "definition"}


def test_truth_file_changes_what_it_names_and_nothing_else(tmp_path):
    file = tmp_path / "truth.toml"
    file.write_text("pain_mobility_within = -1\ndose_burn_in_weeks = 0\n", encoding="utf-8")
    assert read_truth(file) == Truth(pain_mobility_within=-1, dose_burn_in_weeks=0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pain_mobilty_within = -1", "found 'pain_mobilty_within'"),
        ('pain_mobility_within = "-1"', "'pain_mobility_within' is '-1'; expected a number"),
        ("pain_mobility_within = true", "expected a number"),
        ("pain_mobility_within = nan", "'pain_mobility_within' is nan"),
        ("dose_burn_in_weeks = 1.5", "expected a whole number"),
        ("injury_mobility_within = 0", "expected 0.01 to inf"),
        ("pain_frailty_sd = -1", "expected 0 to inf"),
        ("load_autocorrelation = 1", "expected -0.95 to 0.95"),
        ("share_without_time_loss = 1.2", "expected 0 to 1"),
        ("pain_mobility_within = ", "not readable as TOML"),
    ],
)
def test_truth_file_with_a_mistake_names_file_name_and_what_was_expected(tmp_path, text, said):
    file = tmp_path / "truth.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_truth(file)
    assert said in str(error.value)
    assert str(file) in str(error.value)
    assert "Fix:" in str(error.value)


def test_truth_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_truth(tmp_path / "absent.toml")
