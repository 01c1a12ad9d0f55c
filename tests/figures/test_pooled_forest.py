"""The pooled forest: what stands in it, for few and for many cohorts, and its words."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_pooled_forest, pooled_forest
from analysis.models import pool_studies

LONG = "Praxis am Sportpark Nord – Zentrum für Bewegung und Rehabilitation"


def forest(k, ratio=False, names=None, seed=1):
    """Frame and pooled numbers of `k` simulated cohorts, on the scale shown."""
    random = np.random.default_rng(seed)
    v = random.uniform(0.003, 0.1, k)
    y = random.normal(-0.2, 0.15, k) + random.normal(0, np.sqrt(v))
    made, half, back = pool_studies(y, v), 1.96 * np.sqrt(v), np.exp if ratio else np.asarray
    labels = names or [f"Clinic {i + 1}" for i in range(k)]
    frame = pd.DataFrame(
        {"label": labels, "estimate": back(y), "ci_low": back(y - half), "ci_high": back(y + half)}
    ).assign(weight=made.weights)
    ends = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    return frame, {name: float(back(getattr(made, name))) for name in ends}


CASES = {
    "two": forest(2),
    "three ratios, one name long, one in formula signs": forest(3, True, [LONG, "$5 & <b>", "C"]),
    "six": forest(6),
    "twenty long names": forest(20, True, [f"{i} {LONG}" for i in range(20)]),
    "two hundred": forest(200, True),
}


@pytest.mark.parametrize("name", CASES)
def test_it_fits_a_printed_page_and_its_texts_neither_overlap_nor_are_cut_off(name, overlaps, cut_off):
    frame, pooled = CASES[name]
    null = int(name not in ("two", "six"))
    ax = pooled_forest(
        frame, pooled, "IRR of new injuries per +30 min/week", null=null, smallest_effect=0.9 if null else 0.5,
        directions=("lower", "higher"), note="τ = 0.1, I² = 20%",
    )  # fmt: skip
    width, height = ax.figure.get_size_inches() * 2.54
    assert width == pytest.approx(16)
    assert height <= 21.01
    assert overlaps(ax) == []
    assert cut_off(ax) == []


def test_every_cohort_has_a_square_as_large_as_its_weight_and_its_numbers_are_printed(texts):
    frame, pooled = CASES["six"]
    ax = pooled_forest(frame, pooled, "Difference (points)")
    squares = [line for line in ax.lines if line.get_marker() == "s"]
    assert [float(s.get_xdata()[0]) for s in squares] == pytest.approx(list(frame["estimate"]))
    areas = np.array([(s.get_markersize() - 4.0) ** 2 for s in squares])
    assert areas / areas.sum() == pytest.approx(frame["weight"].to_numpy())
    said = [t.get_text() for t in texts(ax)]
    for weight in frame["weight"]:
        assert f"{100 * weight:.0f}%" in said
    assert {"All cohorts pooled", "A further cohort (prediction)", "Weight"} <= set(said)


def test_the_diamond_spans_the_pooled_interval_and_the_bar_the_prediction():
    frame, pooled = CASES["six"]
    ax = pooled_forest(frame, pooled, "Difference (points)")
    x = ax.patches[0].get_xy()[:, 0]
    assert [x.min(), x.max()] == pytest.approx([pooled["ci_low"], pooled["ci_high"]])
    bar = next(line for line in ax.lines if line.get_linewidth() == 4.0)
    assert list(bar.get_xdata()) == pytest.approx([pooled["prediction_low"], pooled["prediction_high"]])


def test_a_prediction_far_beyond_the_estimates_ends_in_arrows_and_does_not_stretch_the_axis(texts):
    frame, pooled = forest(3, True)
    pooled |= {"prediction_low": 1e-5, "prediction_high": 1e5}
    ax = pooled_forest(frame, pooled, "IRR", null=1)
    low, high = ax.get_xlim()
    assert 0.02 < low < frame["estimate"].min()
    assert frame["estimate"].max() < high < 20
    heads = [line.get_marker() for line in ax.lines if line.get_markersize() == 7.0]
    assert sorted(heads) == ["<", ">"]
    assert "<0.01 to >100" in [t.get_text() for t in texts(ax)]


def test_two_cohorts_have_no_prediction_row(texts):
    frame, pooled = CASES["two"]
    assert np.isnan(pooled["prediction_low"])
    assert not any("further" in t.get_text() for t in texts(pooled_forest(frame, pooled, "Difference")))


def test_many_cohorts_stand_in_order_of_their_estimates_without_names(texts):
    frame, pooled = CASES["two hundred"]
    ax = pooled_forest(frame, pooled, "IRR", null=1)
    squares = [line for line in ax.lines if line.get_marker() == "s"]
    drawn = [float(s.get_xdata()[0]) for s in sorted(squares, key=lambda s: s.get_ydata()[0])]
    assert drawn == pytest.approx(sorted(frame["estimate"]))
    said = [t.get_text() for t in texts(ax)]
    assert not any("Clinic" in text for text in said)
    assert any(text.startswith("200 cohorts") for text in said)


def test_its_words_say_the_pooled_estimate_the_prediction_and_every_cohort_of_few():
    frame, pooled = CASES["six"]
    said = alt_pooled_forest(frame, pooled, note="τ = 0.1")
    assert "Forest plot of 6 cohorts with 95% intervals" in said
    assert f"Pooled: −{abs(pooled['estimate']):.2f} (" in said
    assert "A further cohort is expected between" in said
    assert "Clinic 6:" in said
    assert "wholly below 0" in said or "includes 0" in said
    many = alt_pooled_forest(*CASES["two hundred"], null=1)
    assert "Clinic" not in many
    assert f"run from {CASES['two hundred'][0]['estimate'].min():.2f}" in many


def test_the_same_frame_gives_the_same_bytes(svg):
    frame, pooled = CASES["six"]
    assert svg(pooled_forest(frame, pooled, "Difference")) == svg(pooled_forest(frame, pooled, "Difference"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f, p: (f.drop(columns="weight"), p, 0), "weight"),
        (lambda f, p: (f.assign(label="A"), p, 0), "repeat label"),
        (lambda f, p: (f, {k: v for k, v in p.items() if k != "ci_low"}, 0), "lacks ci_low"),
        (lambda f, p: (f, p | {"estimate": np.nan}, 0), "no pooled result"),
        (lambda f, p: (f, p, 1), "ratio of 0 or less"),
        (lambda f, p: (f, p, 2), "expected 0 or 1"),
    ],
)
def test_a_wrong_frame_is_refused_in_clear_words(change, said):
    frame, pooled, null = change(*forest(4))
    with pytest.raises(HiprunError, match=said):
        pooled_forest(frame, pooled, "Difference", null=null)


def test_without_a_cohort_there_is_nothing_to_draw():
    frame, pooled = forest(4)
    with pytest.raises(NothingToDraw):
        pooled_forest(frame.head(0), pooled, "Difference")
