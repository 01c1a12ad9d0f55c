"""`hiprun power`: what it prints and writes, and what it refuses."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis.claims.known_truth.power import power_question
from analysis.cli import app
from analysis.runner.power import needed_in_words

SMALL = ("--athletes", "8,10", "--weeks", "6", "--replicates", "2", "--jobs", "1")


@pytest.fixture
def hiprun(tmp_path, monkeypatch):
    """Calls the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_it_prints_plain_lines_and_writes_the_table_and_the_curve(hiprun, tmp_path):
    done = hiprun("power", *SMALL, "--effect", "-0.5,0", "--out", "plan/mine")
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output, "plain lines where there is no terminal"
    assert "NRS points per +30 min/week of mobility work" in done.output
    folder = tmp_path / "plan" / "mine"
    assert sorted(p.name for p in folder.iterdir()) == ["power.csv", "power.png", "power.svg"]
    table = pd.read_csv(folder / "power.csv")
    assert list(table["effect"]) == [-0.5, -0.5, 0.0, 0.0]
    assert list(table["n_athletes"]) == [8, 10, 8, 10]
    assert (table["claim"] == "dose_mobility").all()
    assert "80% power for effect -0.5 over 6 weeks:" in done.output
    assert "effect 0 over" not in done.output


def test_the_same_command_writes_the_same_bytes(hiprun, tmp_path):
    for folder in ("one", "two"):
        assert hiprun("power", *SMALL, "--out", folder).exit_code == 0
    for name in ("power.csv", "power.svg", "power.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_studies_without_an_estimate_are_said_with_the_reason_and_shown_by_a_dash(hiprun):
    done = hiprun("power", "--claim", "injury_dose_mobility", "--athletes", "4", "--weeks", "4", *SMALL[4:])
    assert done.exit_code == 0, done.output
    assert "4 athletes, 4 weeks, effect 0.9: 2 of 2 studies gave no estimate and count as not called" in done.output
    assert "most often: only 4 athletes" in done.output
    assert "0/2" in done.output and "nan" not in done.output


def test_quiet_says_nothing(hiprun):
    done = hiprun("power", *SMALL, "--quiet")
    assert (done.exit_code, done.output) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--claim", "dose_mobilty"], "Did you mean 'dose_mobility'? There are: dose_mobility, dose_stability"),
        (["--athletes", "20;40"], "--athletes 20;40: found '20;40'; expected whole numbers"),
        (["--athletes", "20,,40"], "found ''; expected whole numbers"),
        (["--weeks", "12.5"], "--weeks 12.5: found '12.5'"),
        (["--weeks", "1"], "weeks: found [1]; expected one or more numbers of 2"),
        (["--effect", "small"], "--effect small: found 'small'; expected numbers, such as -0.25"),
        (["--claim", "injury_dose_mobility", "--effect", "-0.25"], "injury_mobility_within' is -0.25"),
        (["--replicates", "1"], "replicates"),
        (["--jobs", "0"], "jobs"),
        (["--seed", "-1"], "seed"),
        (["--out", "taken"], "--out taken: is a file"),
        (["--nosuch"], "No such option"),
    ],
)
def test_bad_usage_is_exit_2_before_anything_is_simulated(hiprun, tmp_path, monkeypatch, arguments, message):
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setattr("analysis.models.power_panels.simulate", lambda **_: pytest.fail("simulated"))
    done = hiprun("power", *arguments, "--jobs", "1") if "--jobs" not in arguments else hiprun("power", *arguments)
    assert done.exit_code == 2, done.output
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.output


def test_athletes_needed_are_said_in_words():
    rows = [(20, 26, -0.5, 0.5), (60, 26, -0.5, 0.9), (20, 26, -1.0, 0.9), (60, 26, -1.0, 0.99), (20, 26, 0.0, 0.05)]
    table = pd.DataFrame([*rows, (20, 12, -0.5, 0.3)], columns=["n_athletes", "n_weeks", "effect", "power"])
    table = table.assign(power_low=table["power"] - 0.05, power_high=table["power"] + 0.05)
    assert needed_in_words(table, power_question("dose_mobility")) == [
        "80% power for effect -0.5 over 12 weeks: not reached with 20 athletes.",
        "80% power for effect -1 over 26 weeks: 20 athletes or fewer.",
        "80% power for effect -0.5 over 26 weeks: about 50 athletes (Monte-Carlo limits 45 to 55).",
    ]
