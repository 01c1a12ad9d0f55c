"""What holds for every figure: size, text, units, privacy, repeatability, and clear words for a wrong frame."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from analysis import figures
from analysis.errors import HiprunError
from tests.figures import frames

NRS = "Difference in worst pain of the week (NRS points)"
DRAWN = {
    "cohort_flow": lambda: figures.cohort_flow(frames.flow()),
    "cohort_flow 8 long steps": lambda: figures.cohort_flow(frames.flow(8, long=True)),
    "cohort_flow 3 steps, nobody excluded": lambda: figures.cohort_flow(frames.flow(3)[["step", "n"]]),
    "response_calendar 1 athlete": lambda: figures.response_calendar(frames.calendar(1)),
    "response_calendar 12 athletes": lambda: figures.response_calendar(frames.calendar(12)),
    "response_calendar 600 athletes": lambda: figures.response_calendar(frames.calendar(600)),
    "hip_profile": lambda: figures.hip_profile(frames.profile()),
    "hip_profile share": lambda: figures.hip_profile(frames.profile(), share=True),
    "hip_profile 1 athlete": lambda: figures.hip_profile(frames.profile(1, norms=False)),
    "pain_trajectories": lambda: figures.pain_trajectories(frames.pain()),
    "pain_trajectories share": lambda: figures.pain_trajectories(frames.pain(), share=True),
    "pain_trajectories 1 athlete": lambda: figures.pain_trajectories(frames.pain(1)),
    "pain_trajectories 600 athletes": lambda: figures.pain_trajectories(frames.pain(600)),
    "weekly_load": lambda: figures.weekly_load(frames.load()),
    "weekly_load 1 athlete": lambda: figures.weekly_load(frames.load(1)),
    "hip_work_by_week": lambda: figures.hip_work_by_week(frames.load()),
    "effect_plot": lambda: figures.effect_plot(
        frames.differences(), NRS, smallest_effect=0.5, directions=("lower pain", "higher pain")
    ),
    "effect_plot ratios": lambda: figures.effect_plot(
        frames.ratios(), "Rate ratio", null=1, smallest_effect=0.9, directions=("fewer injuries", "more injuries")
    ),
    "effect_plot one row": lambda: figures.effect_plot(frames.ratios().head(1), "Rate ratio", null=1),
    "incidence_plot": lambda: figures.incidence_plot(frames.rates()),
    "incidence_plot share": lambda: figures.incidence_plot(frames.rates(), share=True),
    "incidence_plot no cases": lambda: figures.incidence_plot(frames.rates().tail(1)),
    "risk_matrix": lambda: figures.risk_matrix(frames.risks()),
    "risk_matrix one group": lambda: figures.risk_matrix(frames.risks(1)),
}  # fmt: skip
UNITS = {
    "hip_profile": ["N m/kg", "degrees"],
    "response_calendar 12 athletes": ["%", "Week starting (Monday)"],
    "pain_trajectories": ["NRS, 0 to 10", "Week in programme", "(n)"],
    "weekly_load": ["h per week", "Week in programme"],
    "hip_work_by_week": ["min per week", "Mobility", "Stability"],
    "effect_plot": ["NRS points"],
    "incidence_plot": ["per 1000 h"],
    "risk_matrix": ["per 1000 h", "days lost per case"],
}
WRONG = {
    "cohort_flow": (figures.cohort_flow, frames.flow(), ["n"]),
    "response_calendar": (figures.response_calendar, frames.calendar(3), ["state"]),
    "hip_profile": (figures.hip_profile, frames.profile(3), ["value"]),
    "pain_trajectories": (figures.pain_trajectories, frames.pain(3), ["pain_nrs"]),
    "weekly_load": (figures.weekly_load, frames.load(3), ["exposure_h"]),
    "hip_work_by_week": (figures.hip_work_by_week, frames.load(3), ["mobility_min", "stability_min"]),
    "effect_plot": (lambda f: figures.effect_plot(f, NRS), frames.differences(), ["estimate"]),
    "incidence_plot": (figures.incidence_plot, frames.rates(), ["estimate"]),
    "risk_matrix": (figures.risk_matrix, frames.risks(), ["severity_mean_days"]),
}
ALT = {
    "alt_cohort_flow": lambda: figures.alt_cohort_flow(frames.flow()),
    "alt_response_calendar": lambda: figures.alt_response_calendar(frames.calendar()),
    "alt_hip_profile": lambda: figures.alt_hip_profile(frames.profile()),
    "alt_pain_trajectories": lambda: figures.alt_pain_trajectories(frames.pain()),
    "alt_weekly_load": lambda: figures.alt_weekly_load(frames.load()),
    "alt_hip_work_by_week": lambda: figures.alt_hip_work_by_week(frames.load()),
    "alt_effect_plot": lambda: figures.alt_effect_plot(frames.differences()),
    "alt_incidence_plot": lambda: figures.alt_incidence_plot(frames.rates()),
    "alt_risk_matrix": lambda: figures.alt_risk_matrix(frames.risks()),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_fits_a_printed_page_and_its_texts_neither_overlap_nor_are_cut_off(name, overlaps, cut_off):
    drawn = DRAWN[name]()
    assert overlaps(drawn) == []
    assert cut_off(drawn) == []
    width, height = drawn.get_figure(root=True).get_size_inches() * 2.54
    assert width == pytest.approx(16)
    assert height <= 25


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_of_a_figure_holds_an_athlete_id_and_none_is_smaller_than_7_pt(name, texts):
    for text in texts(DRAWN[name]()):
        assert "ATH" not in text.get_text()
        assert text.get_fontsize() >= 7


@pytest.mark.parametrize("name", UNITS)
def test_axis_labels_carry_units(name, labels):
    found = labels(DRAWN[name]())
    assert [unit for unit in UNITS[name] if unit not in found] == []


@pytest.mark.parametrize("name", [n for n in DRAWN if "600" not in n])
def test_the_same_frame_gives_the_same_svg_bytes_and_no_id_in_them(name, svg):
    first, second = svg(DRAWN[name]()), svg(DRAWN[name]())
    assert first == second
    assert b"ATH0" not in first


@pytest.mark.parametrize("name", WRONG)
def test_a_missing_column_is_named(name):
    draw, frame, columns = WRONG[name]
    with pytest.raises(HiprunError, match=f"figure {name}: .*expected also {columns[0]}"):
        draw(frame.drop(columns=columns[0]))


@pytest.mark.parametrize("name", WRONG)
def test_a_frame_without_any_value_is_refused_in_words(name):
    draw, frame, columns = WRONG[name]
    with pytest.raises(HiprunError, match=f"figure {name}: .*Fix: "):
        draw(frame.assign(**dict.fromkeys(columns, np.nan)))
    with pytest.raises(HiprunError, match=f"figure {name}: .*Fix: "):
        draw(frame.head(0))


@pytest.mark.parametrize("name", ALT)
def test_an_alt_text_is_plain_sentences_with_numbers_and_no_id(name):
    text = ALT[name]()
    assert text.endswith(".")
    assert any(letter.isdigit() for letter in text)
    assert not any(word in text for word in ("ATH", "nan", "None", "_", "inf ", "\n"))


def test_the_shape_of_a_row_index_and_the_order_of_rows_do_not_change_the_figure(svg):
    frame = frames.pain(20)
    shuffled = frame.sample(frac=1, random_state=1)
    assert svg(figures.pain_trajectories(frame)) == svg(figures.pain_trajectories(shuffled))
    frame = frames.profile(8)
    shuffled = frame.sample(frac=1, random_state=1)
    assert svg(figures.hip_profile(frame)) == svg(figures.hip_profile(shuffled))


def test_drawing_leaves_the_users_settings_alone():
    before = dict(mpl.rcParams)
    for draw in (DRAWN["weekly_load"], DRAWN["risk_matrix"]):
        draw()
    assert {k: v for k, v in mpl.rcParams.items() if before[k] != v} == {}


def test_a_frame_handed_in_is_not_changed():
    frame = frames.rates()
    kept = frame.copy()
    figures.incidence_plot(frame)
    pd.testing.assert_frame_equal(frame, kept)
