"""Which cohorts a command is about."""

import pytest

from analysis.errors import InputError
from analysis.runner import Voice
from analysis.runner.cohorts import choose_cohorts, cohorts_there, simulate_demo
from analysis.study import Folders


@pytest.fixture
def data(tmp_path):
    for name in ("north", "south_2", "with space"):
        (tmp_path / "raw" / name).mkdir(parents=True)
        (tmp_path / "raw" / name / "cohort.toml").touch()
    (tmp_path / "raw" / "empty").mkdir()
    return tmp_path


def test_all_means_every_folder_with_a_cohort_toml(data):
    assert choose_cohorts([], True, data) == cohorts_there(data) == ["north", "south_2"]


def test_a_cohort_named_twice_is_run_once(data):
    assert choose_cohorts(["south_2", "north", "south_2"], False, data) == ["south_2", "north"]


def test_the_demo_is_the_default_even_where_it_is_not_there_yet(data):
    assert choose_cohorts([], False, data) == ["demo"]


@pytest.mark.parametrize("name", ["../north", "raw/north", "", ".", "..", "with space", "/etc", "a\\b", "nörth"])
def test_a_name_that_is_no_simple_name_is_refused(data, name):
    with pytest.raises(InputError, match="expected the name of a folder"):
        choose_cohorts([name], False, data)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nort", "no such folder .* Did you mean 'north'.*There are: north, south_2"),
        ("empty", "a folder without cohort.toml"),
        ("demo", "no such folder"),
    ],
)
def test_a_cohort_that_is_not_there_is_refused_with_those_there_are(data, name, message):
    with pytest.raises(InputError, match=message):
        choose_cohorts([name], False, data)


def test_a_demo_folder_without_cohort_toml_is_not_overwritten(data):
    (data / "raw" / "demo").mkdir()
    with pytest.raises(InputError, match=r"without cohort\.toml"):
        choose_cohorts([], False, data)


def test_all_with_names_and_all_without_cohorts_are_refused(data, tmp_path):
    with pytest.raises(InputError, match="one or the other"):
        choose_cohorts(["north"], True, data)
    with pytest.raises(InputError, match=r"no folder with a cohort\.toml"):
        choose_cohorts([], True, tmp_path / "nothing")


def test_a_simulation_cut_off_leaves_nothing(tmp_path, monkeypatch):
    def cut_off(folder, **sizes):
        folder.mkdir()
        (folder / "cohort.toml").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("analysis.simulate.simulate_cohort", cut_off)
    with pytest.raises(KeyboardInterrupt):
        simulate_demo(Folders("demo", tmp_path, tmp_path), Voice())
    assert list((tmp_path / "raw").iterdir()) == []


def test_the_demo_is_simulated_under_its_name_where_it_is_missing(tmp_path, capsys):
    simulate_demo(Folders("demo", tmp_path, tmp_path), Voice())
    assert choose_cohorts(["demo"], False, tmp_path) == ["demo"]
    assert 'name = "demo"' in (tmp_path / "raw" / "demo" / "cohort.toml").read_text()
    assert "simulating the demo cohort" in capsys.readouterr().out
    assert [p.name for p in (tmp_path / "raw").iterdir()] == ["demo"]
