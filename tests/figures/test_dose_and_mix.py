"""Figures of dose and response, mixes, regions and typical runners: text, privacy, and what they show."""

import numpy as np
import pandas as pd
import pytest

from analysis import figures
from analysis.errors import HiprunError, NothingToDraw
from tests.figures.conftest import figure_of

PAIN, RATE = "Weekly hip pain (points, 0-10)", "New injuries per 1000 h"
RNG = np.random.default_rng(20260303)


def points(ratio: bool = False, wide: float = 1.0) -> pd.DataFrame:
    parts = []
    for kind, slope in (("mobility", -0.004), ("stability", 0.006)):
        dose = np.sort(np.append(np.linspace(-22, 29, 25), 0.0))
        for shape, bent in (("curve", 0.0002), ("line", 0.0)):
            size = slope * dose + bent * dose**2
            half = wide * 0.012 * np.abs(dose)
            table = {"kind": kind, "shape": shape, "dose_min": dose, "estimate": size}
            table |= {"ci_low": size - half, "ci_high": size + half, "n_weeks_near": np.arange(26) % 9 + 1.0}
            table |= {"n_athletes_near": np.arange(26) % 9 + 1.0, "n_athletes": 60}
            parts.append(pd.DataFrame(table))
    whole = pd.concat(parts, ignore_index=True)
    whole.loc[whole["dose_min"] == 0, ["n_weeks_near", "n_athletes_near"]] = np.nan
    return whole.assign(**np.exp(whole[["estimate", "ci_low", "ci_high"]])) if ratio else whole


def splits(ratio: bool = False, known: int = 5) -> pd.DataFrame:
    expected = np.array([3.4, 3.2, 3.1, 3.0, 3.2]) * (4 if ratio else 1)
    half = np.array([1.0, 0.5, 0.3, 0.4, 0.7])
    low, high = (
        (expected / np.exp(2 * half), expected * np.exp(2 * half)) if ratio else (expected - half, expected + half)
    )
    table = pd.DataFrame(
        {
            "share": [1.0, 0.75, 0.5, 0.25, 0.0],
            "label": ["100:0", "75:25", "50:50", "25:75", "0:100"],
            "total_min": 71.4,
            "expected": expected,
            "ci_low": low,
            "ci_high": high,
            "percent_near": [0.4, 16.0, 22.0, 31.0, 4.93],
            "n_athletes_near": [3, 20, 30, 35, 12],
        }
    )
    table.loc[known:, ["expected", "ci_low", "ci_high"]] = np.nan
    return table


def effects(n_regions: int = 3) -> pd.DataFrame:
    regions = ["hip_groin", "knee", "low_back", "lower_leg", "ankle_foot", "hamstring", "pelvis", "lateral_thigh"][
        :n_regions
    ]
    rows = [(kind, region) for kind in ("mobility", "stability") for region in regions]
    size = RNG.normal(0, 0.2, len(rows))
    return pd.DataFrame(rows, columns=["kind", "region"]).assign(
        estimate=size, ci_low=size - 0.2, ci_high=size + 0.2, mean_pain=1.3, n_athletes=[60, 3, *[40] * (len(rows) - 2)]
    )


def typical(ratio: bool = False, n: int = 3) -> pd.DataFrame:
    names = [
        "32-year-old woman, no earlier injury, week 13",
        "39-year-old man, no earlier injury, week 13",
        "49-year-old woman, earlier injury, week 13",
    ][:n]
    rows = [
        (who, what) for who in names for what in ("Usual hip work", "+30 min/week mobility", "+30 min/week stability")
    ]
    expected = np.linspace(2, 4, len(rows)) * (3 if ratio else 1)
    spread = 3.0 if ratio else 0.6
    single = (np.nan, np.nan) if ratio else (0.0, 7.0)
    return pd.DataFrame(rows, columns=["runner_words", "scenario_words"]).assign(
        expected=expected,
        ci_low=expected / spread if ratio else expected - spread,
        ci_high=expected * spread if ratio else expected + spread,
        week_low=single[0],
        week_high=single[1],
        n_athletes=20,
    )


DRAWN = {
    "dose_response": lambda: figures.dose_response(points(), f"Difference in {PAIN}", smallest_effect=0.5),
    "dose_response ratio": lambda: figures.dose_response(points(True), "Rate ratio", null=1, smallest_effect=0.9),
    "dose_response wide": lambda: figures.dose_response(points(True, 30), "Rate ratio", null=1, share=True),
    "dose_response one kind": lambda: figures.dose_response(points().query("kind == 'stability'"), PAIN, share=True),
    "mix_of_work": lambda: figures.mix_of_work(splits(), PAIN),
    "mix_of_work share": lambda: figures.mix_of_work(splits(), PAIN, share=True),
    "mix_of_work ratio": lambda: figures.mix_of_work(splits(True), RATE, null=1, share=True),
    "mix_of_work 2 splits": lambda: figures.mix_of_work(splits(known=2), PAIN),
    "regional_effects": lambda: figures.regional_effects(effects(), "Points per +30 min/week", smallest_effect=0.5),
    "regional_effects 8": lambda: figures.regional_effects(effects(8), "Points per +30 min/week", share=True),
    "regional_effects 1": lambda: figures.regional_effects(effects(1), "Points per +30 min/week"),
    "typical_weeks": lambda: figures.typical_weeks(typical(), PAIN),
    "typical_weeks 1": lambda: figures.typical_weeks(typical(n=1), PAIN, share=True),
    "typical_weeks ratio": lambda: figures.typical_weeks(typical(True), RATE, null=1),
}
ALT = {
    "dose_response": lambda: figures.alt_dose_response(points()),
    "mix_of_work": lambda: figures.alt_mix_of_work(splits()),
    "regional_effects": lambda: figures.alt_regional_effects(effects()),
    "typical_weeks": lambda: figures.alt_typical_weeks(typical()),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_fits_a_printed_page_and_its_texts_neither_overlap_nor_are_cut_off(name, overlaps, cut_off, texts):
    drawn = DRAWN[name]()
    assert overlaps(drawn) == []
    assert cut_off(drawn) == []
    assert min(text.get_fontsize() for text in texts(drawn)) >= 7
    width, height = figure_of(drawn).get_size_inches() * 2.54
    assert width == pytest.approx(16)
    assert height <= 25


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_frame_gives_the_same_svg_bytes(name, svg):
    if name != "regional_effects":  # its frame is drawn anew
        made = {"regional_effects 8": effects(8), "regional_effects 1": effects(1)}
        draw = DRAWN[name] if name not in made else lambda: figures.regional_effects(made[name], "Points")
        assert svg(draw()) == svg(draw())


@pytest.mark.parametrize("name", ALT)
def test_an_alt_text_is_plain_sentences_with_numbers(name):
    text = ALT[name]()
    assert text.endswith(".")
    assert any(letter.isdigit() for letter in text)
    assert not any(word in text for word in ("nan", "None", "_", "inf ", "\n"))


@pytest.mark.parametrize(
    ("draw", "frame", "column"),
    [
        (lambda f: figures.dose_response(f, PAIN), points(), "dose_min"),
        (lambda f: figures.mix_of_work(f, PAIN), splits(), "percent_near"),
        (lambda f: figures.regional_effects(f, PAIN), effects(), "mean_pain"),
        (lambda f: figures.typical_weeks(f, PAIN), typical(), "expected"),
    ],
)
def test_a_missing_column_is_named_and_a_frame_without_rows_refused(draw, frame, column):
    with pytest.raises(HiprunError, match=f"expected also {column}"):
        draw(frame.drop(columns=column))
    with pytest.raises(NothingToDraw):
        draw(frame.head(0))


def test_shared_bars_of_few_runners_are_left_out():
    def heights(share):
        lower = figures.dose_response(points(), PAIN, share=share, threshold=5).axes[2]
        return [bar.get_height() for bar in lower.patches]

    assert min(heights(False)) == 1
    kept = [height for height in heights(True) if height]
    assert kept and min(kept) == 5
    assert len(kept) < len(heights(False))


def test_splits_of_few_weeks_are_open_and_shared_counts_of_few_runners_not_told():
    ax = figures.mix_of_work(splits(), PAIN, share=True)
    ticks = [tick.get_text() for tick in ax.get_xticklabels()]
    assert ticks == ["100:0\n(few)", "75:25\n(16%)", "50:50\n(22%)", "25:75\n(31%)", "0:100\n(4.9%)"]
    inside = figures.mix_of_work(splits(), PAIN)
    assert inside.get_xticklabels()[0].get_text() == "100:0\n(0.4%)"
    marks = {line.get_markerfacecolor(): list(line.get_xdata()) for line in ax.lines if line.get_marker() == "o"}
    assert marks["white"] == [0, 4]


def test_a_split_without_a_number_keeps_its_place_empty():
    ax = figures.mix_of_work(splits(known=3), PAIN)
    assert len(ax.get_xticklabels()) == 5
    drawn = [x for line in ax.lines if line.get_marker() == "o" for x in line.get_xdata()]
    assert sorted(drawn) == [0, 1, 2]


def test_shared_regions_of_few_runners_are_left_out():
    """The knee has 3 runners under mobility and 40 under stability work."""
    rows = figures.regional_effects(effects(), "Points", share=True).get_yticklabels()
    assert sum("Knee" in row.get_text() for row in rows) == 1
    assert figures.alt_regional_effects(effects()).count("Knee:") == 1


def headings(ax):
    return [label.get_text() for label in ax.get_yticklabels() if label.get_weight() == "bold"]


def test_a_runner_who_stands_for_few_is_not_shared():
    frame = typical().assign(n_athletes=[20] * 6 + [4] * 3)
    ax = figures.typical_weeks(frame, PAIN, share=True)
    assert not any("49-year-old" in text for text in headings(ax))
    assert "49-year-old" not in figures.alt_typical_weeks(frame)
    assert any("49-year-old" in text for text in headings(figures.typical_weeks(frame, PAIN)))


@pytest.mark.parametrize("ratio", [False, True])
def test_the_names_of_the_runners_end_before_the_axes_so_that_no_grid_line_crosses_them(ratio, texts):
    ax = figures.typical_weeks(typical(ratio), PAIN, null=int(ratio))
    named = [text for text in texts(ax) if "year-old" in text.get_text()]
    assert len(named) == 3
    assert all(text.get_window_extent().x1 < ax.bbox.x0 for text in named)


def test_an_interval_of_a_typical_runner_or_a_split_that_leaves_the_axis_ends_in_an_arrow():
    ax = figures.typical_weeks(typical(True).assign(ci_high=[*[20.0] * 8, 1e9]), RATE, null=1)
    assert [line.get_ydata()[0] for line in ax.lines if line.get_marker() == ">"] == [11]
    assert "Arrow" in ax.get_xlabel()
    wide = splits(True).assign(ci_high=[1e9, 20, 18, 20, 25])
    ax = figures.mix_of_work(wide, RATE, null=1)
    assert [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "^"] == [0]
