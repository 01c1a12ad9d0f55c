"""What holds for every figure after a fit: size, text, privacy, repeatability, and clear words for a wrong frame."""

import numpy as np
import pandas as pd
import pytest

from analysis import figures
from analysis.errors import HiprunError, NothingToDraw
from tests.figures import model_frames as frames
from tests.figures.conftest import figure_of

NRS = "Difference per +30 min/week (NRS points)"
MIN, PAIN = "Mobility work (min per week)", "Worst pain of the week\n(NRS, 0 to 10)"


def influence(left_out: pd.DataFrame, **options: object):
    return figures.influence_plot(left_out, frames.full(), "mob", NRS, **options)


def curve(predictions: pd.DataFrame):
    return figures.prediction_curve(predictions, "mobility_min", MIN, PAIN)


def tipping(table: pd.DataFrame):
    return figures.tipping_point_curve(table, "Added to imputed pain (NRS points)", NRS)


def replicates(table: pd.DataFrame):
    return figures.replicate_plot(table, frames.replicates()[1])


residuals = figures.quantile_residual_check
DRAWN = {
    "quantile_residual_check 25": lambda: residuals(frames.quantile_residuals(25)),
    "quantile_residual_check 1000": lambda: residuals(frames.quantile_residuals(1000, wrong=True)),
    "quantile_residual_check 100 000": lambda: residuals(frames.quantile_residuals(100_000)),
    "quantile_residual_check share": lambda: residuals(frames.quantile_residuals(1000), share=True),
    "autocorrelation_plot": lambda: figures.autocorrelation_plot(frames.lags()),
    "autocorrelation_plot 1 lag": lambda: figures.autocorrelation_plot(frames.lags(1)),
    "autocorrelation_plot 26 lags share": lambda: figures.autocorrelation_plot(frames.lags(26), share=True),
    "influence_plot 5": lambda: influence(frames.left_out(5)),
    "influence_plot 60, 2 failed": lambda: influence(frames.left_out(60, 2)),
    "influence_plot 600": lambda: influence(frames.left_out(600)),
    "influence_plot share": lambda: influence(frames.left_out(600), share=True),
    "variance_inflation_plot": lambda: figures.variance_inflation_plot(frames.inflation()),
    "variance_inflation_plot 1 term": lambda: figures.variance_inflation_plot(frames.inflation().tail(1)),
    "rootogram": lambda: figures.rootogram(frames.counts(), dispersion=1.62),
    "rootogram share": lambda: figures.rootogram(frames.counts(), share=True),
    "rootogram many counts": lambda: figures.rootogram(frames.counts(5000, 12, 4), share=True),
    "rootogram one count": lambda: figures.rootogram(frames.counts().head(1)),
    "caterpillar_plot 10": lambda: figures.caterpillar_plot(frames.modes(10, 0, slope=False)),
    "caterpillar_plot 60": lambda: figures.caterpillar_plot(frames.modes(60, 30)),
    "caterpillar_plot 600": lambda: figures.caterpillar_plot(frames.modes(600, 8)),
    "caterpillar_plot share": lambda: figures.caterpillar_plot(frames.modes(600, 8), share=True),
    "random_effects_plot": lambda: figures.random_effects_plot(frames.random_effects(), "NRS points"),
    "random_effects_plot sds": lambda: figures.random_effects_plot(frames.random_effects(corr=False), "NRS points"),
    "prediction_curve": lambda: curve(frames.predictions()),
    "prediction_curve 4 groups": lambda: curve(frames.predictions(4, new=False)),
    "replicate_plot": lambda: figures.replicate_plot(*frames.replicates()),
    "replicate_plot 1 term": lambda: figures.replicate_plot(*frames.replicates(50, 1, 3)),
    "replicate_plot 12 terms": lambda: figures.replicate_plot(*frames.replicates(100, 12)),
    "tipping_point_curve": lambda: tipping(frames.tipping()),
    "tipping_point_curve never": lambda: tipping(frames.tipping(0.01)),
    "variance_shares": lambda: figures.variance_shares(frames.variances()),
    "variance_shares 1 model": lambda: figures.variance_shares(frames.variances(1)),
}
LABELS = {
    "quantile_residual_check 1000": ["SD", "rank"],
    "autocorrelation_plot": ["Weeks apart", "Pairs\n(n)"],
    "influence_plot 600": ["NRS points", "Athletes\n(n)", "15 most influential of 600"],
    "rootogram": ["Count", "√"],
    "caterpillar_plot 600": ["athlete: mob", "600 levels"],
    "random_effects_plot": ["Standard deviation (NRS points)", "Correlation"],
    "prediction_curve": ["min per week", "NRS, 0 to 10"],
    "replicate_plot": ["Replicates (n)", "mob:stab"],
    "tipping_point_curve": ["NRS points"],
    "variance_shares": ["Share of the variance"],
}
WRONG = {
    "quantile_residual_check": (residuals, frames.quantile_residuals(50), ["quantile_residual"]),
    "autocorrelation_plot": (figures.autocorrelation_plot, frames.lags(), ["autocorrelation"]),
    "influence_plot": (influence, frames.left_out(9), ["estimate"]),
    "variance_inflation_plot": (figures.variance_inflation_plot, frames.inflation(), ["sd_inflation"]),
    "rootogram": (figures.rootogram, frames.counts(), ["expected"]),
    "caterpillar_plot": (figures.caterpillar_plot, frames.modes(9), ["sd"]),
    "random_effects_plot": (figures.random_effects_plot, frames.random_effects(), ["estimate"]),
    "prediction_curve": (curve, frames.predictions(), ["estimate"]),
    "replicate_plot": (replicates, frames.replicates()[0], ["value"]),
    "tipping_point_curve": (tipping, frames.tipping(), ["estimate"]),
    "variance_shares": (figures.variance_shares, frames.variances(), ["variance"]),
}
ALT = {
    "quantile_residual_check": lambda: figures.alt_quantile_residual_check(frames.quantile_residuals(200)),
    "autocorrelation_plot": lambda: figures.alt_autocorrelation_plot(frames.lags()),
    "influence_plot": lambda: figures.alt_influence_plot(frames.left_out(60, 2), frames.full(), "mob"),
    "variance_inflation_plot": lambda: figures.alt_variance_inflation_plot(frames.inflation().head(5)),
    "rootogram": lambda: figures.alt_rootogram(frames.counts(), 1.62),
    "caterpillar_plot": lambda: figures.alt_caterpillar_plot(frames.modes(600)),
    "caterpillar_plot 1 level": lambda: figures.alt_caterpillar_plot(frames.modes(1, 0)),
    "random_effects_plot": lambda: figures.alt_random_effects_plot(frames.random_effects()),
    "prediction_curve": lambda: figures.alt_prediction_curve(frames.predictions(3), "mobility_min", MIN, PAIN),
    "replicate_plot": lambda: figures.alt_replicate_plot(*frames.replicates(50, 2, 1)),
    "tipping_point_curve": lambda: figures.alt_tipping_point_curve(frames.tipping(), "Delta (NRS points)", NRS),
    "variance_shares": lambda: figures.alt_variance_shares(frames.variances()),
}
pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")


@pytest.fixture(scope="module")
def drawn():
    """Every figure, drawn once."""
    made = {}

    def draw(name: str):
        return made.setdefault(name, DRAWN[name]()) if name not in made else made[name]

    return draw


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_fits_a_printed_page_and_its_texts_neither_overlap_nor_are_cut_off_nor_are_tiny(
    name, drawn, overlaps, cut_off, texts
):
    assert overlaps(drawn(name)) == []
    assert cut_off(drawn(name)) == []
    assert min(text.get_fontsize() for text in texts(drawn(name))) >= 7
    width, height = figure_of(drawn(name)).get_size_inches() * 2.54
    assert width == pytest.approx(16)
    assert height <= 25


@pytest.mark.parametrize("name", [n for n in DRAWN if "share" in n])
def test_a_figure_to_be_handed_out_names_no_level(name, drawn, texts):
    words = " ".join(text.get_text() for text in texts(drawn(name)))
    assert not any(known in words for known in ("ATH", "Clinic ", *frames.ODD_NAMES))


@pytest.mark.parametrize("name", ["influence_plot 5", "caterpillar_plot 10"])
def test_a_dollar_sign_or_a_caret_in_a_name_is_not_read_as_mathematics(name, drawn, texts):
    shown = {text.get_text(): text.get_parse_math() for text in texts(drawn(name))}
    assert shown["ATH_1$x$"] is False
    assert shown["a^2_{3}"] is False


@pytest.mark.parametrize("name", LABELS)
def test_axis_labels_say_what_is_shown_with_its_unit(name, drawn, labels):
    found = labels(drawn(name))
    assert [unit for unit in LABELS[name] if unit not in found] == []


@pytest.mark.parametrize("name", [n for n in DRAWN if n.endswith((" 000", "600", "60", "terms", "1000"))])
def test_an_svg_is_small_whatever_the_number_of_rows(name, drawn, svg):
    assert len(svg(drawn(name))) < 400_000


@pytest.mark.parametrize("name", WRONG)
def test_a_missing_column_is_named(name):
    draw, frame, columns = WRONG[name]
    with pytest.raises(HiprunError, match=f"figure {name}: .*expected also {columns[0]}"):
        draw(frame.drop(columns=columns[0]))


@pytest.mark.parametrize("name", WRONG)
def test_a_frame_without_any_value_has_nothing_to_draw(name):
    draw, frame, columns = WRONG[name]
    with pytest.raises(NothingToDraw, match=f"figure {name}: "):
        draw(frame.assign(**dict.fromkeys(columns, np.nan)))
    with pytest.raises(NothingToDraw, match=f"figure {name}: "):
        draw(frame.head(0))


@pytest.mark.parametrize("name", WRONG)
def test_the_order_of_rows_and_their_index_do_not_change_what_is_drawn_and_the_frame_stays_as_it_was(name, svg):
    draw, frame, _ = WRONG[name]
    kept = frame.copy()
    first = svg(draw(frame))
    pd.testing.assert_frame_equal(frame, kept)
    in_order = name in ("random_effects_plot", "variance_shares", "replicate_plot", "caterpillar_plot")
    again = frame if in_order else frame.sample(frac=1, random_state=1)  # parts and terms keep the order given
    assert svg(draw(again)) == first


@pytest.mark.parametrize("name", ALT)
def test_an_alt_text_is_plain_sentences_with_numbers_and_names_no_level(name):
    text = ALT[name]()
    assert text.endswith(".")
    assert any(letter.isdigit() for letter in text)
    assert not any(word in text for word in ("ATH", "nan", "missing", "None", "inf ", "\n", "Clinic "))


@pytest.mark.parametrize("name", ALT)
def test_every_figure_after_a_fit_is_offered_with_its_alt_text(name):
    figure = name.split()[0]
    assert {figure, f"alt_{figure}"} <= set(figures.__all__)
