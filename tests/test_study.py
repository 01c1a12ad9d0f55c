"""The choices of a study are read strictly, and outputs are written whole or not at all."""

import pytest

from analysis.errors import InputError
from analysis.study import Folders, Study, read_study, write_atomically


def test_without_a_file_the_defaults_hold(tmp_path):
    assert read_study(tmp_path / "study.toml") == Study()


def test_a_file_changes_some_choices(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text('dose_half_life_weeks = 3\nprimary_region = "knee"\n')
    study = read_study(path)
    assert (study.dose_half_life_weeks, study.primary_region, study.seed) == (3, "knee", Study().seed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dose_halflife = 3", "dose_halflife"),
        ('seed = "one"', "seed"),
        ("seed = true", "seed"),
        ("primary_region = 3", "primary_region"),
        ('primary_region = "hip"', "hip_groin"),
        ("dose_half_life_weeks = -1", "dose_half_life_weeks"),
        ("confidence_level = 95", "confidence_level"),
        ("= 3", "TOML"),
    ],
)
def test_an_unknown_name_or_a_wrong_value_is_named(tmp_path, text, said):
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_study(path)


def test_a_file_in_a_wrong_encoding_is_named(tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes('primary_region = "hüfte"'.encode("cp1252"))
    with pytest.raises(InputError, match="not readable"):
        read_study(path)


def test_a_file_is_replaced_in_one_step_and_only_if_writing_ended_well(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    with write_atomically(path) as beside:
        beside.write_text("first")
    with pytest.raises(RuntimeError), write_atomically(path) as beside:
        beside.write_text("half")
        raise RuntimeError("killed")
    assert path.read_text() == "first"
    assert list(path.parent.iterdir()) == [path]


def test_the_folders_of_a_cohort_follow_the_tree_of_the_design(tmp_path):
    folders = Folders("demo", tmp_path / "data", tmp_path / "reports")
    assert folders.raw == tmp_path / "data" / "raw" / "demo"
    assert folders.processed == tmp_path / "data" / "processed" / "demo"
    assert folders.run("r1") == tmp_path / "reports" / "demo" / "r1"
