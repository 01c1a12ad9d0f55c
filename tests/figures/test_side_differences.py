"""Side differences over the band of measurement error."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_side_difference_plot, side_difference_plot

MOTIONS = ["flexion", "extension", "abduction", "adduction", "internal_rotation", "external_rotation"]


def sides(n: int, motions: list[str] = MOTIONS, limit: float = 13.0) -> pd.DataFrame:
    """n athletes a motion, strength in percent and range in degrees."""
    rng = np.random.default_rng(2)
    rows = [
        (f"ATH{i:04d}", motion, quality, rng.normal(0, sd), unit, limit * sd / 9)
        for quality, unit, sd in (("strength", "% of the larger side", 9.0), ("rom", "degrees", 3.0))
        for motion in motions
        for i in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["athlete_id", "motion", "quality", "difference", "unit", "mdc95"])
    return frame.assign(within_measurement_error=frame["difference"].abs() <= frame["mdc95"])


def abduction(values: list[float], limit: float = 5.0) -> pd.DataFrame:
    frame = pd.DataFrame({"difference": values, "mdc95": limit}).assign(
        motion="abduction", quality="rom", unit="degrees"
    )
    frame["athlete_id"] = [f"a{i}" for i in range(len(values))]
    return frame.assign(
        within_measurement_error=(frame["difference"].abs() <= limit).where(frame["mdc95"].notna(), pd.NA)
    )


def words(fig, texts) -> list[str]:
    return [t.get_text().replace("\N{NO-BREAK SPACE}", " ") for t in texts(fig)]


@pytest.mark.parametrize("n", [1, 12, 60, 600])
@pytest.mark.parametrize("share", [False, True])
def test_it_fits_a_page_without_overlap_or_ids_at_any_size(n, share, overlaps, cut_off, texts, svg):
    if share and n == 1:
        with pytest.raises(NothingToDraw, match="no motion with 5 athletes"):
            side_difference_plot(sides(n), share=True)
        return
    fig = side_difference_plot(sides(n), share=share)
    assert overlaps(fig) == []
    assert cut_off(fig) == []
    assert all("ATH" not in t.get_text() and t.get_fontsize() >= 7 for t in texts(fig))
    width, height = fig.get_size_inches() * 2.54
    assert width == pytest.approx(16) and height <= 25
    if n == 12:
        first = svg(side_difference_plot(sides(n), share=share))
        assert first == svg(side_difference_plot(sides(n).sample(frac=1, random_state=1), share=share))
        assert b"ATH0" not in first


def test_the_band_is_the_mdc95_each_way_and_median_and_quartiles_are_those_of_the_values():
    ax = side_difference_plot(abduction([-8, -2, 0, 1, 2, 4, 9, 10, 12])).axes[0]
    band = ax.collections[0].get_paths()[0].vertices[:, 0]
    assert (band.min(), band.max()) == (-5, 5)
    drawn = [list(line.get_xdata()) for line in ax.lines]
    assert [0, 9] in drawn and [2] in drawn
    assert ax.get_xlim()[0] == -ax.get_xlim()[1]


def test_athletes_beyond_error_are_filled_and_counted_and_nobody_is_a_dot_when_shared(texts):
    fig = side_difference_plot(abduction([-8, -2, 0, 1, 2, 4, 9, 10, 12]))
    within, beyond = fig.axes[0].collections[-2:]
    assert (len(within.get_offsets()), len(beyond.get_offsets())) == (5, 4)
    assert "4 of 9 beyond error (44%)" in words(fig, texts)
    shared = side_difference_plot(abduction([-8, -2, 0, 1, 2, 4, 9, 10, 12]), share=True)
    assert not any(len(c.get_offsets()) > 1 for c in shared.axes[0].collections)


def test_a_shared_count_below_five_or_that_gives_one_away_is_not_printed_but_0_is(texts):
    for values, shown in (
        ([9, 9, 9, 9] + [1] * 9, "beyond error: not shown"),
        ([9] * 9 + [1] * 4, "beyond error: not shown"),
        ([9] * 5 + [1] * 5, "5 of 10 beyond error (50%)"),
        ([1] * 6, "0 of 6 beyond error (0%)"),
    ):
        frame = abduction([float(v) for v in values])
        assert shown in words(side_difference_plot(frame, share=True), texts)
        assert shown.replace(":", "") in alt_side_difference_plot(frame)


def test_a_shared_motion_of_fewer_than_five_athletes_is_left_out(texts):
    few = sides(12).query("motion != 'flexion' or athlete_id < 'ATH0004'")
    assert "n < 5" in words(side_difference_plot(few, share=True), texts)
    assert "flexion from fewer than 5 athletes, not stated" in alt_side_difference_plot(few)
    with pytest.raises(NothingToDraw, match="no motion with 5 athletes or more"):
        side_difference_plot(abduction([1.0, 2.0]), share=True)


def test_where_the_error_is_not_known_there_is_no_band_and_it_is_said(texts):
    frame = abduction([1.0, 2.0, 9.0, 4.0, 5.0]).assign(mdc95=np.nan, within_measurement_error=pd.NA)
    fig = side_difference_plot(frame)
    assert "error not known" in words(fig, texts)
    assert "measurement error not known" in alt_side_difference_plot(frame)
    assert len(fig.axes[0].collections) == 2


def test_the_alt_text_gives_median_band_and_count_without_an_id():
    text = alt_side_difference_plot(abduction([-8, -2, 0, 1, 2, 4, 9, 10, 12, 3]))
    assert "abduction median 2.5, measurement error up to 5.0, beyond error not shown" in text
    text = alt_side_difference_plot(sides(60))
    assert text.endswith(".") and not any(word in text for word in ("ATH", "nan", "None", "_", "\n"))


def test_missing_columns_empty_frames_and_doubled_rows_are_refused():
    with pytest.raises(HiprunError, match="expected also mdc95"):
        side_difference_plot(sides(3).drop(columns="mdc95"))
    with pytest.raises(NothingToDraw, match="side_difference_plot: 0 rows"):
        side_difference_plot(sides(3).head(0))
    with pytest.raises(NothingToDraw, match="no row of strength or range"):
        side_difference_plot(sides(3).assign(quality="balance"))
    with pytest.raises(HiprunError, match="rows repeat athlete_id and motion"):
        side_difference_plot(pd.concat([sides(3), sides(3)]))
