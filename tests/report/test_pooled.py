"""The pooled page from given estimates: its words, its tables and what it does without a result."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest

from analysis.models import pool_studies
from analysis.report.pooled import build_pooled
from analysis.report.pooled_terms import PooledTerm, cohort_rows, pooled_rows
from analysis.report.pooled_words import (
    how_to_read_pooled,
    pooled_methods,
    prediction_text,
    read_heterogeneity,
    read_pooled,
    read_prediction,
)
from analysis.study import Study

CAUSAL = re.compile(r"\b(reduc|improv|prevent|protect|lead[s]? to|due to|because|effect[s]? of|should|recommend)", re.I)


def term(estimates=(-0.3, -0.1, 0.1, -0.4), variances=(0.01, 0.02, 0.03, 0.02), scale="difference", **changed):
    made = pool_studies(estimates, variances, [f"clinic {i}" for i in range(len(estimates))])
    back = np.asarray if scale == "difference" else np.exp
    y, half = np.asarray(estimates), 1.96 * np.sqrt(variances)
    cohorts = pd.DataFrame(
        {
            "cohort": made.labels, "run_id": "r", "estimate": back(y), "ci_low": back(y - half),
            "ci_high": back(y + half), "n_athletes": 30, "n_obs": 400,
        }
    )  # fmt: skip
    is_difference = scale == "difference"
    given = {
        "claim": "", "model": "weekly hip pain" if is_difference else "new injuries", "term": "mobility_within",
        "scale": scale, "label": "Mobility work, +30 min/week above own habit",
        "phrase": "30 min/week more mobility work before them than the runner's own habit",
        "outcome": "weekly hip pain (0–10)" if is_difference else "injury rate per hour of running", "unit": "points",
        "cohorts": cohorts, "result": made, "left_out": (), "smallest_effect": 0.5 if is_difference else 0.9,
    }  # fmt: skip
    return PooledTerm(**given | changed)


def overview(k=4, **reasons):
    rows = [(f"c{i}", f"clinic {i}", f"r{i}", 30, "") for i in range(k)]
    rows += [(folder, folder, "", None, why) for folder, why in reasons.items()]
    columns = ["folder", "cohort", "run_id", "n_athletes", "reason"]
    return pd.DataFrame(rows, columns=columns).astype({"n_athletes": "Int64"})


def test_a_difference_is_read_with_its_interval_and_what_is_expected_elsewhere():
    made = term()
    assert re.fullmatch(
        r"Over 4 cohorts, weeks with 30 min/week more mobility work before them than the runner's own habit had "
        r"0\.\d\d points lower weekly hip pain \(0–10; 95 % interval from 0\.\d\d lower to 0\.\d\d higher\)\. .+",
        read_pooled(made, 0.95),
    )
    assert re.fullmatch(
        r"In a cohort like these the difference is expected between 0\.\d\d points lower and 0\.\d\d points higher "
        r"\(95 % prediction interval\)\.",
        read_prediction(made),
    )
    result = made.result
    said = read_heterogeneity(made)
    assert f"τ = {np.sqrt(result.tau2):.2f} points" in said
    assert f"Q = {result.q:.1f}, 3 df" in said


def test_a_ratio_is_pooled_as_logarithm_and_read_as_ratio():
    made = term(scale="IRR")
    assert made.shown("estimate") == pytest.approx(np.exp(made.result.estimate))
    assert f"IRR {np.exp(made.result.estimate):.2f}" in read_pooled(made, 0.95)
    assert f"between {np.exp(made.result.prediction_low):.2f} and" in read_prediction(made)
    assert "on the logarithm of the IRR" in read_heterogeneity(made)


def test_ratios_out_of_all_bounds_are_not_written_out():
    made = term((-1.5, 0.2, 0.3), (0.5, 0.3, 0.4), "OR")
    assert np.exp(made.result.prediction_high) > 100
    assert "between less than 0.01 and more than 100 (95 % prediction interval)" in read_prediction(made)
    assert prediction_text(made) == "<0.01 to >100"


def test_two_cohorts_are_read_without_a_prediction():
    made = term((-0.3, 0.1), (0.01, 0.02))
    assert read_prediction(made) == "2 cohorts are too few to say what to expect in a further one."
    assert prediction_text(made) == ""


def test_nothing_on_the_page_speaks_of_causes_or_gives_advice():
    study = Study()
    said = [f"{a} {b}" for a, b in (*how_to_read_pooled(study), *pooled_methods(study))]
    for made in (term(), term(scale="IRR"), term((0.2, 0.2), (0.1, 0.1))):
        said += [read_pooled(made, 0.95), read_prediction(made), read_heterogeneity(made), *made.result.cautions]
    assert [text for text in said if CAUSAL.search(text)] == []
    assert CAUSAL.search("Mobility work reduces pain.")


def test_the_tables_hold_every_number_on_the_scale_shown_and_holm_over_the_rows():
    terms = [term(), term(scale="IRR"), term((0.5, 0.6, 0.55), (0.01, 0.01, 0.01))]
    rows = pooled_rows(terms)
    assert list(rows["estimate"]) == pytest.approx([t.shown("estimate") for t in terms])
    assert list(rows["tau2"]) == pytest.approx([t.result.tau2 for t in terms])
    p = np.sort(rows["p_value"])
    want = np.maximum.accumulate(np.minimum(1, p * [3, 2, 1]))
    assert np.sort(rows["p_holm"]) == pytest.approx(want)
    by_cohort = cohort_rows([dataclasses.replace(terms[0], left_out=(("x", "no injuries"),))])
    assert by_cohort["weight"].sum() == pytest.approx(1)
    assert by_cohort.iloc[-1][["cohort", "reason"]].tolist() == ["x", "no injuries"]


def test_a_pool_that_did_not_converge_gets_no_number(tmp_path):
    nothing = {f.name: np.nan for f in dataclasses.fields(term().result) if f.type is float and f.name != "level"}
    lost = dataclasses.replace(term().result, **nothing, weights=np.full(4, np.nan), converged=False)
    paths = build_pooled(tmp_path / "run", [term(result=lost)], overview(), Study(), "0.1.0")
    page = paths["html"].read_text()
    assert "did not settle" in page
    assert "prediction interval)" not in page
    assert json.loads(paths["results"].read_text())["pooled"][0]["estimate"] is None


def test_cohorts_left_out_and_terms_of_one_cohort_stand_among_what_could_not_be_done(tmp_path):
    alone = term(result=None, left_out=(("clinic 1", "no injuries"),), model="new injuries")
    alone = dataclasses.replace(alone, cohorts=alone.cohorts.head(1))
    paths = build_pooled(tmp_path / "run", [term(), alone], overview(c9="its run did not finish"), Study(), "0.1.0")
    part = paths["html"].read_text().split('id="not-done"')[1]
    assert "c9" in part
    assert "its run did not finish" in part
    assert "clinic 1: no injuries" in part


def test_a_page_without_anything_to_pool_says_so(tmp_path):
    paths = build_pooled(tmp_path / "run", [], overview(1, c9="made with other choices"), Study(), "0.1.0")
    page = paths["html"].read_text()
    assert "No findings could be drawn" in page
    assert "made with other choices" in page
    assert paths["pdf"].read_bytes().startswith(b"%PDF")


def test_a_claim_is_read_as_on_the_claims_page_with_holm_over_the_primary_estimates_and_within_a_claim(tmp_path):
    clear = term((-0.5, -0.6, -0.55, -0.52), (0.001,) * 4, claim="a", expected=-1)
    contrary = dataclasses.replace(clear, expected=1)
    small = term((0.01, 0.02, -0.01, 0.0), (0.001,) * 4, claim="b", expected=-1)
    further = dataclasses.replace(small, primary=False, label="Range of motion")
    rows = pooled_rows([clear, contrary, small, further])
    no_effect = "compatible with no effect of a size that matters"
    assert list(rows["reading"]) == ["supported", "against", no_effect, no_effect]
    assert rows["p_holm"].iloc[3] == pytest.approx(rows["p_value"].iloc[3])  # a family of one
    twice = pooled_rows([clear, further, further])
    doubled = (twice["p_value"] * [1, 2, 2]).clip(upper=1)
    assert twice["p_holm"].tolist() == pytest.approx(doubled.tolist())
    page = build_pooled(tmp_path / "run", [clear, small, further], overview(), Study(), "0.1.0")["html"].read_text()
    assert "Reading of this effect over all cohorts: supported." in page
    assert "Range of motion" in page.split('id="appendix"')[1]
    assert "Range of motion" not in page.split('id="appendix"')[0]


def test_many_claims_are_counted_by_reading_in_the_summary(tmp_path):
    terms = [term(claim=str(i), expected=-1) for i in range(9)]
    page = build_pooled(tmp_path / "run", terms, overview(), Study(), "0.1.0")["html"].read_text()
    assert "Of 9 pooled estimates of the primary claims, by reading: undecided: 9." in page
