"""The exercise library and the matching of recorded names."""

import pandas as pd
import pytest

from analysis.hip.exercises import LISTS, PHASES, exercise_library, match_exercises
from analysis.hip.motions import MOTIONS
from analysis.tables import words


@pytest.fixture(scope="module")
def library() -> pd.DataFrame:
    return exercise_library()


def test_every_exercise_is_complete_in_the_words_of_the_field(library):
    assert len(library) >= 22
    assert library["name"].is_unique
    assert set(library["phase"]) == set(PHASES)
    assert set(library["category"]) == set(words.HIP_WORK_CATEGORIES)
    assert library[["deep_stabiliser", "unilateral"]].notna().all(axis=None)
    assert (library[[*LISTS, "position", "equipment"]] != "").all(axis=None)


def test_the_planes_of_an_exercise_hold_the_planes_of_its_motions(library):
    # A stabilising exercise may load one plane more than it moves in (single-leg lunge: frontal).
    for _, row in library.iterrows():
        from_motions = {MOTIONS[m].plane for m in row["motions"].split("|")}
        assert from_motions <= set(row["planes"].split("|")), row["name"]


def test_all_six_motions_are_strengthened_and_every_dosing_is_known(library):
    strengthened = set(library.loc[library["phase"] == "strength", "motions"])
    assert strengthened == set(words.MOTIONS)
    dosed = set("|".join(library["dosed_by"]).split("|"))
    assert dosed == {"minutes", "sets_reps", "sets_holds"}


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ("ball release for quadriceps", "ball release quadriceps"),
        ("half-kneeling in-line lunge", "half-kneeling in-line lunge"),
        ("yoga-based hip flows", "yoga-based hip flow"),
    ],
)
def test_exercises_listed_in_the_claims_are_in_the_library(listed, name, library):
    assert name in set(library["name"]), listed


@pytest.mark.parametrize(
    ("recorded", "exercise"),
    [
        ("Fire hydrants against wall", "fire hydrant against a wall"),
        ("fire-hydrant  WALL", "fire hydrant against a wall"),
        ("Swiss Ball Dead Bug", "stability-ball dead bug"),
        ("Dead Bug (mit Ball)", "stability-ball dead bug"),
        ("Step Ups", "step-up pelvis down and back"),
        ("Einbeinstand", "single-leg stance"),
        ("Hüftaussenrotation: Kräftigung", "full-range hip external rotation strengthening"),
        ("half kneeling banded hip mobilization", "half-kneeling band mobilisation front of hip"),
    ],
)
def test_case_hyphens_spelling_and_german_names_lead_to_the_same_exercise(recorded, exercise):
    row = match_exercises([recorded]).iloc[0]
    assert row[["name", "exercise", "known", "suggestions"]].tolist() == [recorded, exercise, True, ""]


def test_an_unknown_name_is_kept_flagged_and_listed_with_the_closest_matches():
    table = match_exercises(["fire hydrent", "Kniebeuge xyz", "dead bug"])
    assert table["known"].tolist() == [False, False, False]
    assert table["exercise"].tolist() == ["fire hydrent", "Kniebeuge xyz", "dead bug"]
    assert table["suggestions"].str.split("|").str[0].tolist()[::2] == [
        "fire hydrant against a wall",
        "stability-ball dead bug",
    ]


def test_missing_names_stay_missing_and_the_order_and_index_are_kept():
    names = pd.Series(["Hip hinge", None, "hip-hinge", "nonsense 9"], index=[9, 7, 5, 3], dtype="str")
    table = match_exercises(names)
    assert table.index.tolist() == [9, 7, 5, 3]
    assert table["known"].tolist() == [True, pd.NA, True, False]
    assert table["exercise"].isna().tolist() == [False, True, False, False]
    assert match_exercises([]).empty


def test_the_library_handed_out_is_a_copy():
    mine = exercise_library()
    mine.loc[:, "name"] = "spoilt"
    assert "hip hinge" in set(exercise_library()["name"])
