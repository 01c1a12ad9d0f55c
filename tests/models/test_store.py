"""A saved fit comes back equal in every field, and a folder that is no saved fit is refused in words."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.models import Fit, cluster_robust, contrast, fit
from analysis.models.store import differing_fields, read_fit, save_fit


def assert_equal(one, other, where="fit"):
    """Field by field, written apart from `differing_fields`: types, dtypes, index, NaN."""
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True, obj=where)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other, check_exact=True, obj=where, check_freq=True)
        assert one.index.identical(other.index), where
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, err_msg=where, strict=True)
    elif dataclasses.is_dataclass(one):
        assert type(one) is type(other), where
        for field in dataclasses.fields(one):
            assert_equal(getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}")
    elif isinstance(one, tuple):
        assert isinstance(other, tuple) and len(one) == len(other), where
        for at, pair in enumerate(zip(one, other, strict=True)):
            assert_equal(*pair, f"{where}[{at}]")
    elif isinstance(one, float):
        assert isinstance(other, float) and (one == other or (np.isnan(one) and np.isnan(other))), where
    else:
        assert type(one) is type(other) and one == other, where
        if isinstance(one, dict):
            assert list(one) == list(other), where


def unconverged() -> Fit:
    """Perfect separation: the maximum lies at infinity."""
    frame = pd.DataFrame({"y": [0] * 20 + [1] * 20, "x": np.arange(40.0), "g": np.arange(40) % 5})
    return fit("y ~ x + (1 | g)", frame, "binomial", engine="glmm")


FITS = {
    "gaussian slope": lambda w: fit("pain ~ mob + (1 + mob | athlete) + (1 | clinic)", w),
    "gaussian, robust": lambda w: cluster_robust(fit("pain ~ mob + (1 | athlete)", w), w, "athlete"),
    "linear, aliased": lambda w: fit("pain ~ mob + I(2 * mob)", w),
    "statsmodels": lambda w: fit("pain ~ mob + (1 | athlete)", w, engine="statsmodels"),
    "poisson": lambda w: fit("inj ~ mob + offset(off) + (1 | clinic/athlete)", w, "poisson"),
    "poisson, no groups": lambda w: fit("inj ~ mob", w, "poisson", level=0.9),
    "binomial": lambda w: fit("prob ~ mob + (1 | athlete)", w, "binomial"),
    "negative binomial": lambda w: fit("injnb ~ mob + (1 | athlete)", w, "negativebinomial"),
    "missing values": lambda w: fit("pain ~ mob + stab", w.mask(w > 1.5)[["mob", "stab"]].assign(pain=w["pain"])),
}


@pytest.mark.parametrize("name", FITS)
def test_a_saved_fit_comes_back_equal_in_every_field(weeks, tmp_path, name):
    model = FITS[name](weeks)
    assert save_fit(model, tmp_path / "fit") == tmp_path / "fit"
    again = read_fit(tmp_path / "fit")
    assert_equal(model, again)
    pd.testing.assert_series_equal(contrast(model, {"mob": 30}), contrast(again, {"mob": 30}), rtol=1e-12)


def test_a_fit_that_did_not_converge_comes_back_without_numbers_and_with_its_messages(tmp_path):
    model = unconverged()
    assert not model.converged
    again = read_fit(save_fit(model, tmp_path / "fit"))
    assert_equal(model, again)
    assert np.isnan(again.loglik) and again.messages


INDEXES = {
    "text": lambda n: pd.Index([f"week {i}" for i in range(n)], name="row"),
    "objects": lambda n: pd.Index([f"ä{i}" for i in range(n)], dtype=object),
    "days": lambda n: pd.date_range("2024-01-01", periods=n, freq="D", tz="Europe/Berlin"),
    "steps": lambda n: pd.RangeIndex(5, 5 + 2 * n, 2),
    "twice": lambda n: pd.Index(np.arange(n) // 2),
    "levels": lambda n: pd.MultiIndex.from_arrays(
        [[f"a{i // 10}" for i in range(n)], range(n)], names=["athlete", None]
    ),
    "periods": lambda n: pd.period_range("2024-01", periods=n, freq="W"),
}


@pytest.mark.parametrize("name", INDEXES)
def test_the_index_of_the_fitted_rows_comes_back(weeks, tmp_path, name):
    frame = weeks.iloc[:200].set_axis(INDEXES[name](200))
    model = fit("pain ~ mob", frame)
    again = read_fit(save_fit(model, tmp_path / "fit"))
    assert_equal(model, again)
    assert again.fitted.index.equals(frame.index)


def test_an_index_that_parquet_cannot_hold_is_refused_and_leaves_nothing_behind(weeks, tmp_path):
    mixed = fit("pain ~ mob", weeks.set_axis(pd.Index(["a", 1] * 500, dtype=object)))
    with pytest.raises(HiprunError, match="save_fit: cannot write the fit"):
        save_fit(mixed, tmp_path / "fit")
    levels = fit("pain ~ mob", weeks.set_index(weeks["athlete"].astype("category")))
    with pytest.raises(HiprunError, match="fitted of the fit cannot be stored without loss"):
        save_fit(levels, tmp_path / "fit")
    assert list(tmp_path.iterdir()) == []


@st.composite
def small_models(draw):
    n, rng = draw(st.integers(12, 40)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    family = draw(st.sampled_from(["gaussian", "poisson", "binomial"]))
    outcome = {"gaussian": rng.normal(size=n), "poisson": rng.poisson(2, n), "binomial": rng.integers(0, 2, n)}
    name = draw(st.sampled_from(["x", "größe", "a.b", "with blank", "名"]))
    frame = pd.DataFrame({"y": outcome[family], name: 10.0 ** rng.integers(-9, 9) * rng.normal(size=n)})
    frame["g"] = rng.choice(["ä", "b:c", "[d]"], n)
    frame.loc[rng.random(n) < 0.2, name] = np.nan
    return f"y ~ `{name}` + {draw(st.sampled_from(['g', '(1 | g)']))}", frame, family


def test_random_small_fits_come_back_equal(tmp_path):
    stored = []

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(case=small_models())
    def run(case):
        try:
            model = fit(*case)
        except HiprunError:
            return
        assert_equal(model, read_fit(save_fit(model, tmp_path / "fit")))
        stored.append(model.converged)

    run()
    assert len(stored) >= 15


def test_a_saved_fit_is_replaced_as_a_whole_and_nothing_stays_beside_it(weeks, tmp_path):
    mixed, plain = FITS["gaussian slope"](weeks), FITS["poisson, no groups"](weeks)
    save_fit(mixed, tmp_path / "fit")
    save_fit(plain, tmp_path / "fit")
    assert_equal(read_fit(tmp_path / "fit"), plain)
    assert not (tmp_path / "fit" / "random_vcov_0.parquet").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["fit"]


def test_a_folder_with_other_files_is_left_alone(weeks, tmp_path):
    model = fit("pain ~ mob", weeks)
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(HiprunError, match="holds other files, expected a new folder"):
        save_fit(model, tmp_path)
    with pytest.raises(HiprunError, match="is a file, expected a folder"):
        save_fit(model, tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_no_saved_fit_is_named(weeks, tmp_path):
    with pytest.raises(HiprunError, match=r"no fit.json in .*nowhere; expected a folder that save_fit wrote"):
        read_fit(tmp_path / "nowhere")
    folder = save_fit(fit("pain ~ mob + (1 | athlete)", weeks), tmp_path / "fit")
    record = json.loads((folder / "fit.json").read_text(encoding="utf-8"))

    def wrong(changed, message):
        (folder / "fit.json").write_text(changed, encoding="utf-8")
        with pytest.raises(HiprunError, match=message):
            read_fit(folder)

    wrong("{", "cannot be read")
    wrong("[]", "found list, expected an object")
    wrong(json.dumps(record | {"format": 99}), "found format 99, expected 1")
    wrong(json.dumps(record | {"fields": {}}), "the fields aic, aliased, .* are missing or unknown")
    shapes = record["fields"]["satterthwaite"]["shapes"]
    damaged = {"kind": "Satterthwaite", "shapes": shapes | {"cov": [7, 7]}}
    wrong(json.dumps(record | {"fields": record["fields"] | {"satterthwaite": damaged}}), "'satterthwaite' .* damaged")
    (folder / "fit.json").write_text(json.dumps(record), encoding="utf-8")
    read_fit(folder)
    (folder / "vcov.parquet").write_bytes(b"PAR1")
    with pytest.raises(HiprunError, match=r"'vcov' of the fit in .* is missing or damaged"):
        read_fit(folder)
    (folder / "vcov.parquet").unlink()
    with pytest.raises(HiprunError, match=r"'vcov' of the fit in .* is missing or damaged"):
        read_fit(folder)


def test_the_json_is_plain_json_and_the_frames_are_parquet_for_other_programs(weeks, tmp_path):
    folder = save_fit(unconverged(), tmp_path / "fit")

    def no_constant(name):
        raise AssertionError(f"{name} is no JSON")

    json.loads((folder / "fit.json").read_text(encoding="utf-8"), parse_constant=no_constant)
    assert pd.read_parquet(folder / "estimates.parquet")["term"].tolist() == ["(Intercept)", "x"]


def test_a_change_in_any_field_is_seen(weeks):
    """`save_fit` trusts this comparison to refuse what would be lost."""
    model = fit("pain ~ mob + (1 | athlete)", weeks)
    assert differing_fields(model, dataclasses.replace(model)) == []
    changes = {
        "loglik": np.nextafter(model.loglik, 0),
        "messages": (*model.messages, "x"),
        "dropped": {"mob": 1},
        "n_obs": float(model.n_obs),
        "vcov": model.vcov.rename(columns={"mob": "bom"}),
        "fitted": model.fitted.set_axis(model.fitted.index.astype(float)),
        "estimates": model.estimates.assign(df=1.0),
        "random_vcov": (),
        "satterthwaite": dataclasses.replace(model.satterthwaite, cov=model.satterthwaite.cov + 1e-16),
    }
    for name, value in changes.items():
        assert differing_fields(model, dataclasses.replace(model, **{name: value})) == [name]
