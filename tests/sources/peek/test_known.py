"""Known exports are recognised by the names in their header, whatever their order; their blocks fit the file."""

import tomllib
from pathlib import Path

import pytest

from analysis.sources.peek import cohort_toml, peek
from analysis.sources.peek.known import packaged, read_known
from tests.sources.peek.conftest import TOP, Folder, errors

LAYOUT = """
name = "Acme log"
source = "made for this test"
[[layout]]
headers = ["Start", "Kind", "Metres"]
block = '''
[[file]]
path = "{path}"
table = "training_sessions"
timezone = "UTC"
set = { athlete_id = "ASK" }  # ASK: whose export is this?
[file.columns]
date = "Start"
sport = "Kind"
distance_km = { column = "Metres", unit = "m" }
surface = "Ground"
[file.codes.sport]
jog = "run"
[file.codes.surface]
wood = "trail"
'''
notes = ["Start is UTC"]
"""
FILE = "kind;METRES;Start\njog;8000;2026-03-01 23:30:00\njog;9000;2026-03-02 07:00:00\n"


@pytest.fixture
def known(tmp_path):
    (tmp_path / "acme.toml").write_text(LAYOUT, encoding="utf-8")
    return read_known([Path(tmp_path / "acme.toml")])


def test_a_known_export_is_filled_in_without_lines_for_columns_it_has_not(folder: Folder, known):
    seen = folder.peek("export 1.csv", FILE, known=known)
    said = tomllib.loads(TOP + cohort_toml(seen))["file"][0]
    assert said["columns"] == {"date": "Start", "sport": "kind", "distance_km": {"column": "METRES", "unit": "m"}}
    assert "surface" not in said["codes"]
    assert (said["path"], said["delimiter"]) == ("export 1.csv", ";")
    assert [c.value for c in seen.files[0].sheets[0].conclusions if c.evidence == "known export"] == ["Start is UTC"]
    assert len(folder.refused(seen)) == 1
    cohort = folder.check(seen, {"set": '"me"'})
    assert errors(cohort) == []
    assert list(cohort.tables["training_sessions"]["date"].astype(str)) == ["2026-03-02", "2026-03-02"]


def test_a_column_with_ids_answers_whose_export_it_is(folder: Folder, known):
    text = FILE.replace("Start\n", "Start;Athlete\n").replace(":00\n", ":00;A1\n")
    said = tomllib.loads(TOP + cohort_toml(folder.peek("e.csv", text, known=known)))["file"][0]
    assert said["columns"]["athlete_id"] == "Athlete"
    assert "set" not in said


def test_headers_that_are_not_all_there_are_no_known_export(folder: Folder, known):
    assert not any("Acme" in b.evidence for b in folder.peek("e.csv", FILE.replace("METRES", "m"), known=known).blocks)


def test_an_export_that_no_table_takes_is_named_and_not_proposed(folder: Folder, tmp_path):
    text = 'name = "Knee"\nsource = "t"\n[[layout]]\nheaders = ["Knee (N)"]\nblock = "# none"\nnotes = ["no hip"]\n'
    (tmp_path / "knee.toml").write_text(text, encoding="utf-8")
    seen = folder.peek("k.csv", "Knee (N)\n200\n", known=read_known([tmp_path / "knee.toml"]))
    assert seen.blocks == ()
    assert [c.value for c in seen.files[0].sheets[0].conclusions][-2:] == ["Knee", "no hip"]


LAYOUTS = [k for k in packaged() if "[[file]]" in k.block]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda k: k.name)
def test_every_layout_that_comes_with_hiprun_is_refused_exactly_where_it_asks(folder: Folder, layout):
    header = list(dict.fromkeys([*layout.headers, *_named(layout.block)]))
    twice = _twice(layout.block)
    doubled = [h for h in header for _ in range(2 if h in twice else 1)]
    row = ",".join(f'"{h}"' for h in doubled)
    seen = folder.peek("e.csv", f"{row}\n{','.join('1' * len(doubled))}\n", known=(layout,))
    block = seen.blocks[0].text
    tomllib.loads(block)
    assert len(folder.refused(seen)) == block.count('"ASK"')


def _columns(block: str) -> list[dict]:
    files = tomllib.loads(block.replace("{path}", "e.csv"))["file"]
    return [{"column": c} if isinstance(c, str) else c for f in files for c in f.get("columns", {}).values()]


def _named(block: str) -> list[str]:
    return [c["column"] for c in _columns(block)]


def _twice(block: str) -> set[str]:
    return {c["column"] for c in _columns(block) if c.get("occurrence") == 2}


def test_the_strava_sample_and_the_fit_samples_are_known(shared):
    seen = peek(shared / "samples" / "strava" / "activities_en_94col.csv")
    assert 'timezone = "UTC"' in seen.blocks[0].text
    assert 'distance_km = { column = "Distance", occurrence = 2, unit = "m" }' in seen.blocks[0].text
    assert peek(shared / "samples" / "fit" / "garmin-fenix-5-run.fit").blocks[0].table == "training_sessions"


def test_every_sample_is_shown_or_named_as_not_read(shared):
    folder = shared / "samples"
    seen = peek(folder)
    shown = {n for f in seen.files for n in f.names}
    assert shown == {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_hip_strength_of_the_public_runners_is_proposed(shared):
    blocks = peek(shared / "data" / "rbds_runners_hip_strength.txt").blocks
    text = "\n".join(b.text for b in blocks)
    assert "(?P<side>L|R)HIP(?P<motion>ABD|EXT|ER|IR)" in text
    assert 'one_row_per = ["Subject"]' in text
    assert 'unit = "month"' in text
    assert "InjuryOnDate" not in text
