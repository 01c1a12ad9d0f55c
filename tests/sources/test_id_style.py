"""Ids that differ in style between files are found, the rule is shown and used only where cohort.toml says so."""

import pytest

from analysis.sources.id_style import IdStyle, find_style
from tests.sources.conftest import SESSIONS, WEEKLY, only

ATHLETES = '[[file]]\npath = "athletes.csv"\ntable = "athletes"\n[file.columns]\nathlete_id = "code"\n'
INJURIES = """
[[file]]
path = "cases.csv"
table = "injuries"
[file.columns]
athlete_id = "player_id"
onset_date = "date_event"
"""


@pytest.mark.parametrize(
    ("ids", "known", "style"),
    [
        (["player_1", "player_12"], ["1", "12", "3"], IdStyle("player_#", "#")),
        (["1", "12"], ["player_1", "player_12"], IdStyle("#", "player_#")),
        (["1", "12"], ["P-001", "P-012"], IdStyle("#", "P-###")),
        (["P-001", "P-012"], ["1", "12"], IdStyle("P-###", "#")),
        (["P-001", "P-012"], ["p1", "p12"], IdStyle("P-###", "p#")),
        (["007", "012"], ["7", "12"], IdStyle("###", "#")),
        (["7", "12"], ["007", "012"], IdStyle("#", "###")),
        (["ab1", "cd2"], ["AB1", "CD2"], IdStyle("#", "upper")),
        (["AB1", "CD2"], ["ab1", "cd2"], IdStyle("#", "lower")),
        (["1@north", "2@north"], ["1", "2"], IdStyle("#@north", "#")),
        (["x.anna", "x.bo"], ["anna", "bo"], IdStyle("x.#", "#")),
        (["anna-x", "bo-x"], ["anna", "bo"], IdStyle("#-x", "#")),
    ],
)
def test_the_rule_between_two_styles_is_found(ids, known, style):
    match = find_style(ids, known)
    assert match.style == style
    assert [new for _, new in match.pairs] == [style.rewrite(i) for i in ids]
    assert set(dict(match.pairs).values()) <= set(known)


@pytest.mark.parametrize(
    ("ids", "known"),
    [
        (["a", "b"], ["c", "d"]),
        (["player_1", "player_2", "player_3"], ["1", "8", "9"]),
        (["1"], ["player_1"]),
        ([], ["1"]),
        (["01", "1"], ["player_1"]),
    ],
)
def test_no_rule_is_made_up_from_few_ids_or_two_that_become_one(ids, known):
    assert find_style(ids, known) is None


def test_a_rule_may_leave_one_in_five_unknown():
    ids = [f"player_{n}" for n in range(1, 11)]
    assert len(find_style(ids, [str(n) for n in range(1, 9)] + ["x", "y"]).pairs) == 8
    assert find_style(ids, [str(n) for n in range(1, 8)] + ["x", "y", "z"]) is None


@pytest.mark.parametrize(
    ("text", "new"), [("P-007", "7"), ("P-700", "700"), ("P-000", "0"), ("Q-001", None), ("P-x", None)]
)
def test_ids_are_rewritten_or_not_at_all(text, new):
    assert IdStyle("P-###", "#").rewrite(text) == new


def test_ids_unknown_throughout_are_one_problem_with_the_rule_and_the_line_to_write(raw):
    raw.write("athletes.csv", "code\nP-001\nP-002\nP-003\nP-004\n")
    raw.write("weekly.csv", "id,week,pain\n" + "".join(f"{n},2026-01-05,3\n" for n in range(1, 5)))
    problem = only(raw.read(ATHLETES + WEEKLY).errors, "KEY")
    assert '4 of 4 ids unknown: "1", "2", "3", "4"' in problem.found
    line = 'athlete_id = { column = "id", to = "P-###" }'
    assert f"say {line} in [[file]] 2" in problem.fix
    assert '4 of 4 ids are known then ("1" is "P-001", "2" is "P-002", "3" is "P-003", …)' in problem.fix
    assert not raw.read(ATHLETES + WEEKLY).has("weekly_reports")
    cohort = raw.read(ATHLETES + WEEKLY.replace('athlete_id = "id"', line))
    assert cohort.errors == ()
    assert set(cohort.tables["weekly_reports"]["athlete_id"]) == set(cohort.tables["athletes"]["athlete_id"])


def _cases_and_exposure(raw):
    raw.write("cases.csv", "player_id,date_event\nplayer_1,2026-01-06\nplayer_3,2026-01-07\n")
    raw.write("log.csv", "id,date,km\n" + "".join(f"{n},2026-01-05,5\n" for n in range(1, 6)))
    return SESSIONS + INJURIES


def test_without_an_athletes_table_cases_of_player_1_and_exposure_of_1_are_an_error_with_the_rule(raw):
    mapping = _cases_and_exposure(raw)
    problem = only(raw.read(mapping).errors, "KEY")
    assert (problem.file, problem.place, problem.column) == ("cases.csv", "line 2", "player_id")
    assert "2 ids, none of which is in training_sessions" in problem.found
    line = 'athlete_id = { column = "player_id", from = "player_#" }'
    assert f"say {line} in [[file]] 2" in problem.fix
    cohort = raw.read(mapping.replace('athlete_id = "player_id"', line))
    assert cohort.errors == ()
    assert len(cohort.tables["athletes"]) == 5
    assert set(cohort.tables["injuries"]["athlete_id"]) < set(cohort.tables["training_sessions"]["athlete_id"])


def test_an_athletes_table_with_both_says_that_they_are_other_people(raw):
    raw.write("athletes.csv", "code\n" + "".join(f"{n}\n" for n in [*range(1, 6), "player_1", "player_3"]))
    assert raw.read(ATHLETES + _cases_and_exposure(raw)).errors == ()


def test_tables_without_an_athlete_in_common_and_without_a_rule_are_a_warning(raw):
    mapping = _cases_and_exposure(raw)
    raw.write("cases.csv", "player_id,date_event\nanna,2026-01-06\nbo,2026-01-07\n")
    cohort = raw.read(mapping)
    assert cohort.errors == ()
    assert only(cohort.warnings, "KEY").file == "cases.csv"
    raw.write("cases.csv", "player_id,date_event\nanna,2026-01-06\n1,2026-01-07\n")
    assert not [p for p in raw.read(mapping).problems if p.code == "KEY"]


def test_one_of_several_files_with_ids_of_its_own_style_is_a_warning(raw):
    raw.write("log.csv", "id,date,km\nP-001,2026-01-05,5\nP-002,2026-01-05,5\nP-003,2026-01-05,5\n")
    raw.write("weekly_a.csv", "id,week,pain\nP-001,2026-01-05,3\n")
    raw.write("weekly_b.csv", "id,week,pain\n2,2026-01-05,3\n3,2026-01-05,3\n")
    mapping = SESSIONS + WEEKLY.replace("weekly.csv", "weekly_*.csv")
    warning = only(raw.read(mapping).warnings, "KEY")
    assert (warning.file, 'to = "P-###"' in warning.fix) == ("weekly_b.csv", True)
    raw.write("weekly_b.csv", "id,week,pain\nQ-002,2026-01-05,3\nQ-003,2026-01-05,3\n")
    assert raw.read(mapping).warnings == ()


def test_an_id_that_does_not_come_in_the_stated_style_is_an_error_at_its_cell(raw):
    raw.write("weekly.csv", "id,week,pain\nplayer_1,2026-01-05,3\nplayer2,2026-01-05,3\n")
    mapping = WEEKLY.replace('athlete_id = "id"', 'athlete_id = { column = "id", from = "player_#" }')
    problem = only(raw.read(mapping).errors, "ATHLETE")
    assert (problem.place, problem.column, problem.found) == ("line 3", "id", '"player2"')
    assert 'such as "player_#"' in problem.expected


@pytest.mark.parametrize(
    "column",
    [
        'athlete_id = { column = "id", from = "player_" }',
        'athlete_id = { column = "id", to = "#-#" }',
        'athlete_id = { column = "id", to = "monday" }',
        'athlete_id = "id"\nside = { column = "side", from = "#" }',
    ],
)
def test_a_style_that_makes_no_sense_is_a_mistake_in_the_mapping(raw, column):
    raw.write("weekly.csv", "id,week,pain\nplayer_1,2026-01-05,3\n")
    assert {p.code for p in raw.read(WEEKLY.replace('athlete_id = "id"', column)).errors} == {"MAPPING"}
