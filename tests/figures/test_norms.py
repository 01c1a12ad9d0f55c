"""The cohort beside norms."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_profile_against_norms, profile_against_norms


def matched(n: int) -> pd.DataFrame:
    """n athletes of each sex, both sides, beside two norms (values of norms.csv)."""
    rng = np.random.default_rng(7)
    tests = [
        ("internal_rotation", "rom_passive", "prone", "female", "deg", 45.99, 9.12, "college students"),
        ("internal_rotation", "rom_passive", "prone", "male", "deg", 36.68, 9.19, "college students"),
        ("abduction", "strength_eccentric", "side_lying", "male", "Nm/kg", 2.6, 0.4, "professional footballers"),
    ]
    columns = ["motion", "quality", "position", "sex", "unit", "norm_mean", "norm_sd", "population"]
    rows = [
        dict(zip(columns, test, strict=True))
        | {"athlete_id": f"ATH{test[3]}{i}", "side": side, "value": rng.normal(test[5], test[6] / 2)}
        for test in tests
        for side in ("left", "right")
        for i in range(n)
    ]
    return pd.DataFrame(rows).assign(error_band=lambda t: t["norm_sd"] / 3)


@pytest.mark.parametrize("n", [1, 12, 60, 600])
@pytest.mark.parametrize("share", [False, True])
def test_it_fits_a_page_without_overlap_or_ids_at_any_size(n, share, overlaps, cut_off, texts, svg):
    if share and n == 1:
        with pytest.raises(NothingToDraw, match="no group of 5 athletes"):
            profile_against_norms(matched(n), share=True)
        return
    fig = profile_against_norms(matched(n), share=share)
    assert overlaps(fig) == []
    assert cut_off(fig) == []
    assert all("ATH" not in t.get_text() and t.get_fontsize() >= 7 for t in texts(fig))
    width, height = fig.get_size_inches() * 2.54
    assert width == pytest.approx(16) and height <= 25
    if n == 12:
        first = svg(profile_against_norms(matched(n), share=share))
        assert first == svg(profile_against_norms(matched(n).sample(frac=1, random_state=1), share=share))


def test_the_band_is_mean_plus_minus_sd_of_the_norm_and_the_mark_the_median_of_the_cohort():
    frame = matched(9).query("motion == 'abduction'")
    ax = profile_against_norms(frame).axes[0]
    wide, narrow = (c.get_paths()[0].vertices[:, 0] for c in ax.collections)
    assert [wide.min(), wide.max()] == pytest.approx([2.2, 3.0])
    assert [narrow.min(), narrow.max()] == pytest.approx([2.6 - 0.4 / 3, 2.6 + 0.4 / 3])
    medians = [float(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata()) == 1]
    assert medians == pytest.approx(frame.groupby("side")["value"].median().tolist())
    assert "N m/kg" in ax.get_xlabel()
    assert ax.get_title(loc="left") == "Eccentric strength beside professional footballers"


def test_a_norm_without_sd_or_error_has_its_mean_alone():
    frame = matched(9).query("motion == 'abduction'").assign(norm_sd=np.nan).drop(columns="error_band")
    assert len(profile_against_norms(frame).axes[0].collections) == 0
    assert "norm 2.60 N m/kg" in alt_profile_against_norms(frame)


def test_tests_without_a_norm_are_left_out_and_none_at_all_is_refused():
    frame = matched(9)
    frame.loc[frame["motion"] == "abduction", "norm_mean"] = np.nan
    assert len(profile_against_norms(frame).axes) == 1
    with pytest.raises(NothingToDraw, match=r"profile_against_norms: .*Fix: "):
        profile_against_norms(frame.assign(norm_mean=np.nan))
    with pytest.raises(HiprunError, match="expected also value"):
        profile_against_norms(frame.drop(columns="value"))


def test_a_shared_group_of_fewer_than_five_is_left_out(texts):
    frame = matched(9)
    few = frame[(frame["sex"] == "male") | frame["athlete_id"].str.endswith(("0", "1", "2", "3"))]
    fig = profile_against_norms(few, share=True)
    assert [t.get_text() for t in texts(fig)].count("n < 5") == 2
    assert "left from fewer than 5, not stated and right from fewer than 5" in alt_profile_against_norms(few)


def test_the_alt_text_names_population_norm_and_medians_without_an_id():
    text = alt_profile_against_norms(matched(60))
    assert "norms of college students and professional footballers" in text
    assert "internal rotation, prone, female: norm 46.0 ± 9.1 degrees, left" in text
    assert text.endswith(".") and not any(word in text for word in ("ATH", "nan", "None", "_", "\n"))
