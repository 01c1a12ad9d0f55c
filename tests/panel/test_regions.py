"""The region-week: pain elsewhere put to regions and sides by hand, with what was known before the week."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.panel import athlete_weeks, hip_scores_before, leg_weeks, region_weeks, work_mix
from analysis.tables import EXPLANATORY, RAW_TABLES
from analysis.tables.words import REGIONS, REPORT_SIDES

from .conftest import MONDAY, days, random_tables
from .test_panel import scrambled_from

DEFICITS = {"hip_deficit_left": 0.5, "hip_deficit_right": -0.2}


def report(week, region, side, pain):
    return {"athlete_id": "a", "week_start": days([7 * week])[0], "region": region, "side": side, "pain_nrs": pain}


def panel_of_two_weeks(**columns):
    window = {"athlete_id": "a", "stream": "weekly_report", "start_date": days([0])[0], "end_date": days([13])[0]}
    frames = {
        "athletes": pd.DataFrame({"athlete_id": ["a"], "age_y": [41.0]}),
        "observation_windows": pd.DataFrame([window]),
    }
    return athlete_weeks({n: RAW_TABLES[n].tidy(f) for n, f in frames.items()}).assign(**columns)


def regions(reports, panel):
    return region_weeks(RAW_TABLES["weekly_reports"].tidy(pd.DataFrame(reports)), panel)


def test_a_table_worked_by_hand():
    reports = [
        report(1, "low_back", "unspecified", 2.0),
        report(0, "knee", "left", 4.0), report(0, "knee", "both", 6.0), report(1, "knee", "right", 3.0),
        report(1, "shoulder", "left", np.nan),
        report(0, "hip_groin", "left", 9.0), report(0, "any", "left", 9.0), report(7, "knee", "left", 9.0),
    ]  # fmt: skip
    found = regions(reports, panel_of_two_weeks(**DEFICITS))
    table = found[["region", "side", "pain_nrs", "same_side_deficit", "opposite_side_deficit"]]
    by_hand = [
        ["knee", "left", 6.0, 0.5, -0.2],
        ["knee", "right", 6.0, -0.2, 0.5],
        ["knee", "right", 3.0, -0.2, 0.5],
        ["low_back", "unspecified", 2.0, np.nan, np.nan],
        ["shoulder", "left", np.nan, 0.5, -0.2],
    ]
    pd.testing.assert_frame_equal(table, pd.DataFrame(by_hand, columns=table.columns))
    assert found["week_start"].tolist() == [days([0])[0]] * 2 + [days([7])[0]] * 3
    assert found.attrs["left_out"] == {"another region": 2, "week not watched on all seven days": 1}


def test_what_was_known_before_the_week_is_joined_and_what_happened_in_it_is_not():
    found = regions([report(0, "knee", "left", 4.0)], panel_of_two_weeks(**DEFICITS, non_sagittal_share=0.3))
    assert set(EXPLANATORY) | {"week_in_programme", "age_y", "non_sagittal_share", *DEFICITS} <= set(found)
    assert not {"new_injuries", "exposure_h", "pain_any_nrs", "mobility_min", "reported"} & set(found)
    assert found.loc[0, ["age_y", "non_sagittal_share"]].tolist() == [41.0, 0.3]
    assert found.columns.is_unique


def test_a_leg_not_tested_leaves_the_other_legs_deficit_where_it_belongs():
    panel = panel_of_two_weeks(hip_deficit_left=0.5, hip_deficit_right=np.nan)
    found = regions([report(0, "knee", "left", 4.0), report(0, "knee", "right", 1.0)], panel).set_index("side")
    assert found.loc["left", "same_side_deficit"] == 0.5
    assert np.isnan(found.loc["left", "opposite_side_deficit"])
    assert found.loc["right", "opposite_side_deficit"] == 0.5


def test_no_reports_of_these_regions_give_an_empty_table_and_a_panel_without_deficits_is_refused():
    found = regions([report(0, "hip_groin", "left", 4.0)], panel_of_two_weeks(**DEFICITS))
    assert found.empty
    assert {"region", "side", "pain_nrs", "same_side_deficit"} <= set(found)
    with pytest.raises(HiprunError, match=r"hip_deficit_left, hip_deficit_right.*hip_scores_before"):
        regions([report(0, "knee", "left", 4.0)], panel_of_two_weeks())


def tables_with_regions(seed):
    tables = random_tables(seed)
    rng = np.random.default_rng(seed)
    reports = tables["weekly_reports"]
    several = pd.concat([reports.assign(region=rng.choice(REGIONS, len(reports)),
                                        side=rng.choice(REPORT_SIDES, len(reports))) for _ in range(3)])  # fmt: skip
    keys = ["athlete_id", "week_start", "region", "side"]
    firsts = tables["hip_assessments"]
    return tables | {
        "weekly_reports": several.drop_duplicates(keys).reset_index(drop=True),
        "hip_assessments": firsts[firsts["date"] == MONDAY].reset_index(drop=True),
    }


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), week=st.integers(2, 7))
def test_nothing_on_or_after_monday_changes_what_explains_a_region_in_that_week(seed, week):
    monday = MONDAY + pd.Timedelta(weeks=week)
    tables = tables_with_regions(seed)

    def explained(given):
        panel = athlete_weeks(given, start=MONDAY)
        panel = panel.join(work_mix(given["hip_work"], panel))
        panel = panel.join(hip_scores_before(given["hip_assessments"], given["athletes"], panel))
        found = region_weeks(given["weekly_reports"], panel).set_index(["athlete_id", "week_start", "region", "side"])
        assert found.index.is_unique
        return found.drop(columns="pain_nrs")

    before, after = explained(tables), explained(scrambled_from(tables, monday, seed))
    shared = before.index.intersection(after.index)
    shared = shared[shared.get_level_values("week_start") <= monday]
    assert len(shared) > 0
    pd.testing.assert_frame_equal(before.loc[shared], after.loc[shared])


def test_no_tables_at_all_give_empty_tables_of_every_kind():
    panel, empty = athlete_weeks({}), {name: table.empty() for name, table in RAW_TABLES.items()}
    scores = hip_scores_before(empty["hip_assessments"], empty["athletes"], panel)
    tables = (
        work_mix(empty["hip_work"], panel),
        scores,
        leg_weeks({}, panel),
        region_weeks(empty["weekly_reports"], panel.join(scores)),
    )
    assert [len(table) for table in tables] == [0] * 4
    assert all(len(table.columns) > 15 for table in tables)
