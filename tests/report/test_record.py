"""What a stage saves comes back the same, and what may not be recorded is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing

from analysis.errors import HiprunError
from analysis.report import Stage, read_stages
from analysis.report.items import Cannot, Estimates, Figure, Sentence, Table

from .fake_run import estimates

ALT = "A line that rises from one to two."


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A stage with nothing in it."""
    return Stage(tmp_path, "03_cohort")


def drawing() -> Drawing:
    """A small figure with a clip path, whose id matplotlib would draw at random."""
    figure = Drawing(figsize=(3, 2))
    figure.subplots().plot([1, 2], [1, 2])
    return figure


def test_every_item_comes_back_as_it_was_recorded(tmp_path: Path, stage: Stage) -> None:
    frame = pd.DataFrame(
        {
            "group": ["a", None, "c"],
            "n": pd.array([12, None, 30], dtype="Int64"),
            "mean": [1 / 3, np.nan, np.inf],
            "known": pd.array([True, None, False], dtype="boolean"),
        }
    )
    stage.table("who", frame, "Who.", totals_within=["group"])
    stage.estimates(estimates())
    stage.figure("line", drawing(), "A line.", ALT, counts=[12])
    stage.sentence("A reading.", headline=True, counts=(7,))
    stage.cannot("hip_profile", "no hip_assessments")
    stage.save()
    [saved] = read_stages(tmp_path)
    assert (saved.name, saved.title) == ("03_cohort", "Who took part")
    table, rows, figure, sentence, cannot = saved.items
    pd.testing.assert_frame_equal(table.frame, frame.astype({"group": "str"}))
    assert isinstance(table, Table)
    assert (table.count_columns, table.suppress_with, table.totals_within) == (
        ("n",),
        {"n": ["mean", "known"]},
        ("group",),
    )
    assert isinstance(rows, Estimates)
    assert rows.frame.loc[0, "estimate"] == -0.2134567890123
    assert figure == Figure("line", "A line.", ALT, True, (12,), "03_cohort_line.svg", "03_cohort_line.png")
    assert sentence == Sentence("A reading.", True, True, (7,))
    assert cannot == Cannot("hip_profile", "no hip_assessments")


def test_an_empty_table_comes_back_with_its_columns(tmp_path: Path, stage: Stage) -> None:
    frame = pd.DataFrame({"group": pd.Series(dtype="str"), "n": pd.Series(dtype="Int64")})
    stage.table("none", frame, "None.")
    stage.save()
    pd.testing.assert_frame_equal(read_stages(tmp_path)[0].items[0].frame, frame)


def test_a_named_index_becomes_a_column_and_a_nameless_one_that_speaks_is_refused(stage: Stage) -> None:
    stage.table("a", pd.DataFrame({"n": [7]}, index=pd.Index(["x"], name="clinic")), "By clinic.")
    with pytest.raises(HiprunError, match="index has no name"):
        stage.table("b", pd.DataFrame({"n": [7]}, index=["x"]), "By clinic.")


def test_a_figure_is_the_same_bytes_each_time_and_says_nothing_of_the_machine(tmp_path: Path) -> None:
    for run in ("one", "two"):
        Stage(tmp_path / run, "04_pain").figure("line", drawing(), "A line.", ALT)
    for kind in ("svg", "png"):
        one, two = (
            (tmp_path / r / f"internal/results/figures/04_pain_line.{kind}").read_bytes() for r in ("one", "two")
        )
        assert one == two
        assert b"Matplotlib" not in one
    assert b"<text" not in (tmp_path / "one/internal/results/figures/04_pain_line.svg").read_bytes()


def test_axes_and_figures_are_both_taken(stage: Stage, tmp_path: Path) -> None:
    figure = drawing()
    stage.figure("axes", figure.axes[0], "A line.", ALT)
    stage.figure("whole", figure, "A line.", ALT)
    folder = tmp_path / "internal/results/figures"
    assert (folder / "03_cohort_axes.png").read_bytes() == (folder / "03_cohort_whole.png").read_bytes()


@pytest.mark.parametrize("alt", ["", "   ", "short", "x" + " " * 30 + "y"])
def test_a_figure_without_words_for_who_cannot_see_it_is_refused(stage: Stage, alt: str) -> None:
    with pytest.raises(HiprunError, match="alt text"):
        stage.figure("line", drawing(), "A line.", alt)


@pytest.mark.parametrize("name", ["athlete_id", "injury_id", "max", "Minimum"])
def test_rows_and_extremes_of_persons_are_refused_unless_internal(stage: Stage, name: str) -> None:
    frame = pd.DataFrame({name: ["a", "b"], "n": [7, 8]})
    with pytest.raises(HiprunError, match=name):
        stage.table("rows", frame, "Rows.")
    with pytest.raises(HiprunError, match=name):
        stage.table("rows", frame.set_index(name), "Rows.")
    stage.table("rows", frame, "Rows.", share=False)


def test_estimates_without_the_number_of_runners_are_refused(stage: Stage) -> None:
    with pytest.raises(HiprunError, match="n_athletes"):
        stage.estimates(estimates().drop(columns="n_athletes"))
    with pytest.raises(HiprunError, match="neither 'model' nor 'claim'"):
        stage.estimates(estimates().drop(columns="model"))


def test_counts_must_be_counts(stage: Stage) -> None:
    for values in (["7", "8"], [7.5, 8.0], [-1, 8]):
        with pytest.raises(HiprunError, match=r"count"):
            stage.table("t", pd.DataFrame({"n": values}), "T.")
    with pytest.raises(HiprunError, match="no column m"):
        stage.table("t", pd.DataFrame({"n": [7]}), "T.", count_columns=["m"])


def test_names_are_used_once_and_make_file_names(stage: Stage) -> None:
    stage.sentence("A reading.")
    stage.table("t", pd.DataFrame({"n": [7]}), "T.")
    with pytest.raises(HiprunError, match="twice"):
        stage.table("t", pd.DataFrame({"n": [7]}), "T.")
    for name in ("../t", "T t", ""):
        with pytest.raises(HiprunError, match="expected only"):
            stage.table(name, pd.DataFrame({"n": [7]}), "T.")


def test_a_section_whose_tables_are_absent_or_empty_cannot_be_done(stage: Stage, tmp_path: Path) -> None:
    tables = {"athletes": pd.DataFrame({"a": [1]}), "hip_assessments": pd.DataFrame()}
    assert stage.needs("who", tables, "athletes")
    assert stage.needs("who", ["athletes"], "athletes")
    assert not stage.needs("hip_profile", tables, "athletes", "hip_assessments", "weekly_reports")
    stage.save()
    assert read_stages(tmp_path)[0].of(Cannot) == [Cannot("hip_profile", "no hip_assessments and no weekly_reports")]


def test_a_stage_that_stops_while_saving_leaves_the_old_result(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.sentence("First.")
    path = stage.save()
    before = path.read_bytes()

    def stop(self: Path, *_: object, **__: object) -> None:
        self.write_bytes(b'{"half')
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_text", stop)
    with pytest.raises(KeyboardInterrupt):
        stage.save()
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["03_cohort.json"]


def test_a_result_that_is_no_result_is_named(tmp_path: Path) -> None:
    path = tmp_path / "internal/results/04_pain.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"stage": "04_pain"}), encoding="utf-8")
    with pytest.raises(HiprunError, match=r"04_pain\.json"):
        read_stages(tmp_path)
    assert read_stages(tmp_path / "nothing") == []


def test_readings_are_recorded_with_the_runners_they_rest_on(stage: Stage, tmp_path: Path) -> None:
    readings = pd.DataFrame({"text": ["One.", "Two."], "n_athletes": [60.0, np.nan]})
    stage.sentences(readings, headline=True)
    stage.save()
    assert read_stages(tmp_path)[0].of(Sentence) == [
        Sentence("One.", True, True, (60,)),
        Sentence("Two.", True, True, (1,)),
    ]
