"""The blocks proposed for known exports (peek/known/*.toml) read the right numbers; all values are invented."""

import re
import shutil
import tomllib
from importlib.resources import files

import pandas as pd
import pytest

from analysis.sources.mapping import ASK
from analysis.sources.read_mapping import read_mapping
from tests.sources.conftest import TOP, only

KNOWN = {
    path.name.removesuffix(".toml"): tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(files("analysis.sources").joinpath("peek/known").iterdir(), key=lambda p: p.name)
    if path.name.endswith(".toml")
}
LAYOUTS = [(name, n) for name, export in KNOWN.items() for n in range(len(export["layout"]))]
WHO = {'athlete_id = "ASK"': 'athlete_id = "A"'}
ANY_ANSWER = (
    (r'(dates = )"ASK"', r'\1"day_first"'),
    (r'(athlete_id = )"ASK"', r'\1"A"'),
    (r'(rpe_scale = )"ASK"', r'\1"cr10"'),
    (r'(quality = )"ASK"', r'\1"rom_active"'),
    (r'(?m)^(distance_km.*unit = )"ASK"', r'\1"km"'),
    (r'(?m)^(ascent_m.*unit = )"ASK"', r'\1"m"'),
    (r'(?m)^(duration_min.*unit = )"ASK"', r'\1"min"'),
    (r'(?m)^("Hip AD/AB - \d\d" = )"ASK"', r'\1"supine"'),
    (r'(sport = |LaD = |LoD = |WK = )"ASK"', r'\1"run"'),
)


def folded(header: str) -> set[str]:
    return {" ".join(cell.strip('"').split()).casefold() for cell in re.split(r"[,;]", header)}


def recognised(header: str) -> list[tuple[str, int]]:
    """The first layout of each export whose identifying headers are all there."""
    cells, found = folded(header), {}
    for name, n in LAYOUTS:
        if {" ".join(h.split()).casefold() for h in KNOWN[name]["layout"][n]["headers"]} <= cells:
            found.setdefault(name, n)
    return list(found.items())


def block_for(header: str, path: str, answers: dict[str, str]) -> str:
    """The block of the one export that the header belongs to, asked items answered as a person would edit them."""
    ((name, n),) = recognised(header)
    text = KNOWN[name]["layout"][n]["block"].replace("{path}", path)
    for asked, answer in answers.items():
        assert asked in text
        text = text.replace(asked, answer)
    assert '"ASK"' not in text
    return text


def sessions(raw, content: str | bytes, answers: dict[str, str], name: str = "export.csv", encoding: str = "utf-8-sig"):
    """The cohort read from one file through its proposed block, and its sessions in the order of their days."""
    text = content if isinstance(content, str) else content.decode(encoding)
    cohort = raw.write(name, content).read(block_for(text.splitlines()[0], name, answers))
    table = cohort.tables["training_sessions"].sort_values(["date", "start_utc"], kind="stable")
    return cohort, table.reset_index(drop=True)


def utc(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


@pytest.mark.parametrize(("name", "n"), LAYOUTS)
def test_a_block_left_as_proposed_is_refused_for_what_is_asked_and_nothing_else(raw, name, n):
    block = KNOWN[name]["layout"][n]["block"].replace("{path}", "export.csv")
    raw.write("cohort.toml", TOP + block)
    asked = sum(line.split("#")[0].count('"ASK"') for line in block.splitlines())
    problems = [p for p in read_mapping(raw.folder)[1] if p.column != "file"]
    assert [p.found for p in problems] == [f'"{ASK}"'] * asked


@pytest.mark.parametrize(("name", "n"), LAYOUTS)
def test_a_block_with_its_questions_answered_is_a_mapping_without_a_mistake(raw, name, n):
    block = KNOWN[name]["layout"][n]["block"].replace("{path}", "export.csv")
    for asked, answer in ANY_ANSWER:
        block = re.sub(asked, answer, block)
    raw.write("cohort.toml", TOP + block)
    mapping, problems = read_mapping(raw.folder)
    assert [p.text for p in problems if p.column != "file"] == []
    assert len(mapping.files) == block.count("[[file]]")


@pytest.mark.parametrize("name", KNOWN)
def test_an_export_says_what_it_is_and_how_it_is_known_and_each_layout_can_be_reached(name):
    export = KNOWN[name]
    assert set(export) == {"name", "source", "layout"}
    assert export["name"] and export["source"]
    sets = [frozenset(layout["headers"]) for layout in export["layout"]]
    assert all(set(layout) == {"headers", "block", "notes"} and layout["notes"] for layout in export["layout"])
    assert not [(a, b) for i, a in enumerate(sets) for b in sets[i + 1 :] if a <= b]


# Strava (INPUTS 1.1)


def test_strava_english_reads_metres_moving_time_and_utc_of_the_real_export(raw, shared):
    shutil.copy(shared / "samples/strava/activities_en_94col.csv", raw.folder / "activities.csv")
    header = (raw.folder / "activities.csv").read_text(encoding="utf-8").splitlines()[0]
    cohort = raw.read(block_for(header, "activities.csv", WHO))
    (run,) = cohort.tables["training_sessions"].to_dict("records")
    assert (cohort.errors, cohort.warnings) == ((), ())
    assert run["start_utc"] == utc("2022-05-29 15:53:35")  # as in the archive's FIT file
    assert run["distance_km"] == pytest.approx(3.322949951171875)
    assert run["duration_min"] == pytest.approx(1411 / 60)
    assert run["ascent_m"] == pytest.approx(61.878849029541016)
    assert run["top_speed_km_h"] == pytest.approx(3.6 * 3.2149860858917236)
    assert run["sport"] == "run"


STRAVA_EN = (
    "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Max Heart Rate,"
    "Relative Effort,Commute,Filename,Elapsed Time,Moving Time,Distance,Max Speed,Elevation Gain,Average Heart Rate,"
    "Perceived Exertion,Type\n"
)


def test_strava_late_evening_in_utc_counts_for_the_next_day_in_berlin_whatever_the_english(raw):
    rows = (
        '1,"Jun 30, 2026, 10:30:00 PM",,Trail Run,"a\nb",4000,10.0,,,,a,4000.0,3600.0,10012.5,5.25,320.5,148.2,7.0,\n'
        '2,"1 Jul 2026, 05:00:00",Pool,Swim,,1900,"1,500",,,false,b.fit.gz,1900.0,1800.0,1500.0,0.0,0.0,,,\n'
        '3,"Jul 2, 2026, 5:00:00\u202fAM",Tempo,Virtual Run,,1800,5.00,,,false,c.fit.gz,1800.0,1790.5,5001.5,,,,10.0,\n'
    )
    cohort, table = sessions(raw, STRAVA_EN + rows, WHO)
    assert cohort.errors == ()
    assert list(table["date"].dt.strftime("%m-%d")) == ["07-01", "07-01", "07-02"]
    assert list(table["start_utc"]) == [utc("2026-06-30 22:30"), utc("2026-07-01 05:00"), utc("2026-07-02 05:00")]
    assert list(table["sport"]) == ["trail_run", "swim", "treadmill_run"]
    assert list(table["distance_km"]) == pytest.approx([10.0125, 1.5, 5.0015])
    assert list(table["duration_min"]) == pytest.approx([60, 30, 1790.5 / 60])
    assert list(table["rpe"].dropna()) == [7, 10]
    assert set(table["rpe_scale"]) == {"strava1_10"}
    assert table["hr_avg_bpm"][0] == 148.2
    assert list(table["top_speed_km_h"]) == pytest.approx([18.9, 0, float("nan")], nan_ok=True)


def test_strava_german_reads_the_second_distanz_with_its_point_beside_the_first_with_a_comma(raw):
    header = (
        "Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Aktivitätsbeschreibung,Verstrichene Zeit,"
        "Distanz,Max. Herzfrequenz,Relative Leistung,Pendeln,Dateiname,Verstrichene Zeit,Bewegungszeit,Distanz,"
        "Höchstgeschw.,Höhenzunahme,Durchschnittliche Herzfrequenz,Gefühlte Anstrengung,Art\n"
    )
    rows = (
        '7,"31.12.2025, 23:30:00",Silvester,Lauf,,3300,"9,44",,,,x.fit.gz,3300.0,3240.0,9441.25,4.75,51.5,152.0,,\n'
        '8,"09.12.2025, 15:24:49",Kraft,Gewichtstraining,,2700,"0,00",,,false,,2700.0,2700.0,0.0,0.0,0.0,,,\n'
    )
    cohort, table = sessions(raw, header + rows, WHO)
    assert cohort.errors == ()
    assert list(table["date"].dt.strftime("%Y-%m-%d")) == ["2025-12-09", "2026-01-01"]
    assert list(table["start_utc"]) == [utc("2025-12-09 15:24:49"), utc("2025-12-31 23:30")]
    assert list(table["distance_km"]) == pytest.approx([0, 9.44125])
    assert list(table["top_speed_km_h"]) == pytest.approx([0, 17.1])
    assert list(table["duration_min"]) == pytest.approx([45, 54])
    assert list(table["sport"]) == ["strength", "run"]


def test_strava_of_2018_has_metres_in_its_only_distance_and_no_moving_time(raw):
    content = (
        "id,date,name,type,description,elapsed_time,distance,commute,gear,filename\n"
        '11,2018-11-27 23:11:32,Evening Run,Run,"",1468,6075.0,true,shoes,activities/1.fit.gz\n'
    )
    cohort, table = sessions(raw, content, WHO)
    assert cohort.errors == ()
    assert table["distance_km"][0] == 6.075
    assert table["duration_min"][0] == pytest.approx(1468 / 60)
    assert table["date"][0] == pd.Timestamp("2018-11-28")


# Garmin Connect (INPUTS 1.2)

GARMIN_EN = "Activity Type,Date,Favorite,Title,Distance,Calories,Time,Avg HR,Max HR,Avg Pace,Total Ascent,Steps\n"


def metric(distance: str, ascent: str) -> dict[str, str]:
    """A person answers: kilometres and metres."""
    asked = {f'"{distance}", unit = "ASK"': f'"{distance}", unit = "km"'}
    return {**WHO, **asked, f'"{ascent}", unit = "ASK"': f'"{ascent}", unit = "m"'}


def test_garmin_in_miles_and_feet_as_answered_with_the_clock_of_the_watch(raw):
    rows = (
        'Running,2026-01-04 23:50:00,false,"Home","6.21","1,020","00:52:10","151","170","8:24","1,312","9,894"\n'
        'Strength Training,2026-01-05 07:00:00,false,"Gym","0.00","210","00:30:00","--","--","--","--","0"\n'
    )
    answers = {
        **WHO,
        '"Distance", unit = "ASK"': '"Distance", unit = "mi"',
        '"Total Ascent", unit = "ASK"': '"Total Ascent", unit = "ft"',
    }
    cohort, table = sessions(raw, GARMIN_EN + rows, answers)
    assert cohort.errors == ()
    assert list(table["start_utc"]) == [utc("2026-01-04 22:50"), utc("2026-01-05 06:00")]
    assert list(table["date"].dt.strftime("%m-%d")) == ["01-04", "01-05"]
    assert list(table["distance_km"]) == pytest.approx([6.21 * 1.609344, 0])
    assert table["ascent_m"][0] == pytest.approx(1312 * 0.3048)
    assert pd.isna(table["ascent_m"][1]) and pd.isna(table["hr_avg_bpm"][1])
    assert list(table["duration_min"]) == pytest.approx([52 + 10 / 60, 30])


def test_garmin_english_header_with_decimal_commas_reads_a_point_as_thousands(raw):
    rows = (
        'Trail Running,2026-01-04 08:00:00,false,"Up","21,34","1.720","2:05:11,4","151","170","--","1.312","22.932"\n'
        'Treadmill Running,2026-01-06 18:00:00,false,"Belt","5,00","402","0:28:00","140","150","5:36","--","5.100"\n'
    )
    cohort, table = sessions(raw, GARMIN_EN + rows, metric("Distance", "Total Ascent"))
    assert cohort.errors == ()
    assert list(table["distance_km"]) == [21.34, 5]
    assert table["ascent_m"][0] == 1312
    assert table["duration_min"][0] == pytest.approx(125 + 11.4 / 60)
    assert list(table["sport"]) == ["trail_run", "treadmill_run"]


@pytest.mark.parametrize(
    ("pulse", "ascent"),
    [
        ("Ø HF", "Positiver Höhenunterschied"),
        ("Ø Herzfrequenz", "Anstieg gesamt"),
        ("Ø Herzfrequenz", "Positiver Höhenunterschied"),
    ],
)
@pytest.mark.parametrize(("km", "metres"), [("10,02", "1.120"), ("10.02", "1,120")])
def test_garmin_german_in_both_renamings_and_either_decimal_mark(raw, pulse, ascent, km, metres):
    header = f"Aktivitätstyp,Datum,Favorit,Titel,Distanz,Kalorien,Zeit,{pulse},Max. HF,Ø Pace,{ascent}\n"
    row = f'Laufen,2026-07-04 06:30:00,Nein,"Früh","{km}","612","00:52:10","151","164","5:12","{metres}"\n'
    cohort, table = sessions(raw, header + row, metric("Distanz", ascent))
    assert cohort.errors == ()
    (run,) = table.to_dict("records")
    assert (run["distance_km"], run["ascent_m"], run["hr_avg_bpm"], run["sport"]) == (10.02, 1120, 151, "run")
    assert run["start_utc"] == utc("2026-07-04 04:30")


@pytest.mark.parametrize(
    ("header", "row", "distance", "ascent"),
    [
        (
            "Aktivitetstype,Dato,Favorit,Titel,Distance,Kalorier,Tid,Gennemsnitlig puls,Samlet stigning",
            'Løb,2026-07-04 06:30:00,false,"Tur","10.02","612","00:52:10","151","98"',
            "Distance",
            "Samlet stigning",
        ),
        (
            "Aktivitetstype,Dato,Favoritt,Tittel,Distanse,Kalorier,Tid,Gjennomsnittlig puls,Stigning totalt",
            'Løping,2026-07-04 06:30:00,false,"Tur","10,02","612","00:52:10","151","98"',
            "Distanse",
            "Stigning totalt",
        ),
        (
            "Aktivitetstype,Dato,Favoritt,Tittel,Distanse,Totale kalorier,Tid,Gjennomsnittlig puls,Total stigning",
            'Løping,2026-07-04 06:30:00,false,"Tur","10,02","612","00:52:10","151","98"',
            "Distanse",
            "Total stigning",
        ),
        (
            "Activity Type,Date,Favorite,Title,Distance,Calories,Time,Avg HR,Elev Gain",
            'Running,2026-07-04 06:30:00,false,"Run","10.02","612","00:52:10","151","98"',
            "Distance",
            "Elev Gain",
        ),
    ],
)
def test_garmin_in_danish_norwegian_and_the_older_english(raw, header, row, distance, ascent):
    cohort, table = sessions(raw, f"{header}\n{row}\n", metric(distance, ascent))
    assert cohort.errors == ()
    (run,) = table.to_dict("records")
    assert (run["distance_km"], run["ascent_m"], run["hr_avg_bpm"], run["sport"]) == (10.02, 98, 151, "run")


def test_a_garmin_pool_swim_in_metres_is_told_and_never_taken_for_kilometres(raw):
    row = 'Pool Swimming,2026-01-04 08:00:00,false,"Pool","1,500","300","00:30:00","--","--","--","--","0"\n'
    run = 'Running,2026-01-05 08:00:00,false,"Run","7.25","300","00:40:00","--","--","--","--","0"\n'
    cohort, table = sessions(raw, GARMIN_EN + row + run, metric("Distance", "Total Ascent"))
    assert "read as 1500 km" in only(cohort.errors, "RANGE").found
    assert pd.isna(table["distance_km"][0])


def test_a_kind_of_activity_that_is_not_known_is_asked_and_not_taken_for_other(raw):
    row = 'Quidditch,2026-01-04 08:00:00,false,"?","1.5","300","00:30:00","--","--","--","--","0"\n'
    raw.write("g.csv", GARMIN_EN + row)
    errors = raw.read(block_for(GARMIN_EN.strip(), "g.csv", metric("Distance", "Total Ascent"))).errors
    assert "Quidditch" in only(errors, "CODE").found


# Others (INPUTS 1.4)


def test_intervals_icu_reads_seconds_metres_and_local_clocks(raw):
    content = (
        "id,start_date_local,name,type,moving_time,distance,elapsed_time,total_elevation_gain,max_speed,average_heartrate,"
        "icu_rpe\n"
        "i101,2026-03-29T23:30:00,Long,TrailRun,5400,15250.5,5600,410.0,4.5,139,6\n"
    )
    answers = {**WHO, 'rpe_scale = "ASK"': 'rpe_scale = "cr10"'}
    cohort, table = sessions(raw, content, answers)
    assert cohort.errors == ()
    (run,) = table.to_dict("records")
    assert run["start_utc"] == utc("2026-03-29 21:30")
    assert (run["distance_km"], run["duration_min"], run["ascent_m"], run["rpe"]) == (15.2505, 90, 410, 6)
    assert (run["sport"], run["top_speed_km_h"]) == ("trail_run", pytest.approx(16.2))


TRAININGPEAKS = (
    "Title,WorkoutType,WorkoutDescription,PlannedDuration,PlannedDistanceInMeters,WorkoutDay,CoachComments,"
    "DistanceInMeters,PowerAverage,TimeTotalInHours,HeartRateAverage,Rpe\n"
    'Long,Run,"Z2, easy\nno hills",1.5,15000,2026-02-14,,14250,,1.45,141,4\n'
    "Tempo,Run,3x10 min,1,12000,2026-02-16,,,,,,\n"
    "Rest,Day Off,,,,2026-02-17,,,,,,\n"
    "Gym,Strength,,1,,2026-02-18,,,,0.75,,6\n"
)


def test_trainingpeaks_planned_rows_are_no_sessions_and_are_counted(raw):
    answers = {**WHO, 'rpe_scale = "ASK"': 'rpe_scale = "cr10"'}
    cohort, table = sessions(raw, TRAININGPEAKS, answers)
    assert cohort.errors == ()
    assert list(table["date"].dt.day) == [14, 18]
    assert list(table["duration_min"]) == pytest.approx([87, 45])
    assert table["distance_km"][0] == 14.25
    assert pd.isna(table["distance_km"][1])
    (left_out,) = cohort.dropped.to_dict("records")
    assert (left_out["reason"], left_out["n_rows"]) == ("TimeTotalInHours and DistanceInMeters blank", 2)


POLAR = (
    "Name,Sport,Date,Start time,Duration,Total distance (km),Average heart rate (bpm),Average speed (km/h),"
    "Max speed (km/h),Ascent (m),Notes,Height (cm),Weight (kg),HR max,HR sit,VO2max,\n"
    'Erika Mustermann,RUNNING,05-08-2026,22:17:03,00:30:08,4.48,156,8.9,13.4,43,"warm, sunny",180.0,77.0,195,55,56,\n'
    "Sample rate,Time,HR (bpm),Speed (km/h),Pace (min/km),Cadence,Altitude (m),\n"
    "1,00:00:00,95,3.7,16:13,0,116,\n1,00:00:01,96,3.8,16:10,0,116,\n"
)


def test_polar_reads_its_one_session_with_date_and_clock_joined_and_no_name(raw):
    answers = {**WHO, 'dates = "ASK"': 'dates = "day_first"'}
    cohort, table = sessions(raw, POLAR, answers)
    assert cohort.errors == ()
    (run,) = table.to_dict("records")
    assert run["start_utc"] == utc("2026-08-05 20:17:03")
    assert (run["distance_km"], run["hr_avg_bpm"], run["ascent_m"], run["sport"]) == (4.48, 156, 43, "run")
    assert (run["duration_min"], run["top_speed_km_h"]) == (pytest.approx(30 + 8 / 60), 13.4)
    said = " ".join([p.text for p in cohort.problems] + [t.to_csv() for t in cohort.tables.values()])
    assert "Mustermann" not in said


def test_a_session_rpe_sheet_with_semicolons_and_dots_in_its_dates(raw):
    content = (
        "\ufeffp_id;training_date;day_of_week;mc_day;week_nr;rpe;duration\r\n"
        "P01;14.01.2019;Mon;-3;3;7;90\r\nP02;02.03.2019;Sat;0;9;4;75\r\n"
    )
    answers = {
        'sport = "ASK"': 'sport = "team_sport"',
        'rpe_scale = "ASK"': 'rpe_scale = "cr10"',
        'unit = "ASK"': 'unit = "min"',
    }
    cohort, table = sessions(raw, content.encode(), answers)
    assert cohort.errors == ()
    assert list(table["date"].dt.strftime("%m-%d")) == ["01-14", "03-02"]
    assert list(table["rpe"]) == [7, 4]
    assert list(table["duration_min"]) == [90, 75]
    assert table["athlete_id"].nunique() == 2


def test_a_german_diary_with_years_of_two_digits_private_words_and_cp1252(raw):
    content = (
        '"Datum","Art","Distanz in km","Zeit HH:MM:SS","HFavg","Notiz"\n'
        '"18.02.12","LaD","7,4","00:41:10","148","linke tiefe Wade, für später"\n'
        '"19.02.12","WK","21,1","1:35:00","168","Müde"\n'
    )
    answers = {
        **WHO,
        'dates = "ASK"': 'dates = "day_first"\nencoding = "cp1252"',
        'LaD = "ASK"': 'LaD = "run"',
        'LoD = "ASK"': 'LoD = "run"',
        'WK = "ASK"': 'WK = "run"',
    }
    cohort, table = sessions(raw, content.encode("cp1252"), answers, encoding="cp1252")
    assert cohort.errors == ()
    assert list(table["date"].dt.strftime("%Y-%m-%d")) == ["2012-02-18", "2012-02-19"]
    assert list(table["distance_km"]) == [7.4, 21.1]
    assert list(table["duration_min"]) == pytest.approx([41 + 10 / 60, 95])


FORM = """
[[file]]
path = "form.csv"
table = "training_sessions"
set = { sport = "run", rpe_scale = "cr10" }
[file.columns]
athlete_id = "Adresse e-mail"
date = "Horodateur"
rpe = "Quelle était la difficulté de la séance ?"
duration_min = { column = "Combien de temps ?", unit = "1h12|min" }
"""


def test_answers_to_a_google_form_give_durations_in_every_way_people_write_them(raw):
    raw.write(
        "form.csv",
        "Horodateur,Adresse e-mail,Quelle était la difficulté de la séance ?,Combien de temps ?\n"
        "14/03/2026 21:05:11,a@b.org,6,92\n15/03/2026 08:00:00,a@b.org,3,42min\n16/03/2026 19:30:00,a@b.org,8,1h12\n",
    )
    cohort = raw.read(FORM)
    assert cohort.errors == ()
    assert sorted(cohort.tables["training_sessions"]["duration_min"]) == [42, 72, 92]
    refused = only(raw.read(FORM.replace("1h12|min", "1h12")).errors, "NUMBER")
    assert refused.found == '"92"'
    assert '"1h12|min"' in refused.fix


def test_apple_health_csv_reads_the_real_workout(raw, shared):
    shutil.copy(shared / "samples/apple/Workout.csv", raw.folder / "Workout.csv")
    header = (raw.folder / "Workout.csv").read_text(encoding="utf-8").splitlines()[0]
    cohort = raw.read(block_for(header, "Workout.csv", WHO))
    (workout,) = cohort.tables["training_sessions"].to_dict("records")
    assert cohort.errors == ()
    assert workout["start_utc"] == utc("2016-04-02 09:40:38")
    assert workout["duration_min"] == pytest.approx(31.73680251737436)
    assert (workout["distance_km"], workout["sport"]) == (0, "other")


def test_apple_health_csv_leaves_out_miles_and_counts_them(raw):
    content = (
        "sourceName,startDate,endDate,workoutActivityType,duration,durationUnit,totalDistance,totalDistanceUnit\n"
        "W,2026-04-02 23:40:38 -0400,x,HKWorkoutActivityTypeRunning,31.5,min,5.25,km\n"
        "W,2026-04-03 07:40:38 +0200,x,HKWorkoutActivityTypeRunning,31.5,min,3.25,mi\n"
        "W,2026-04-04 07:40:38 +0200,x,HKWorkoutActivityTypeYoga,20,min,,\n"
    )
    cohort, table = sessions(raw, content, WHO)
    assert cohort.errors == ()
    assert list(table["date"].dt.day) == [3, 4]
    assert table["start_utc"][0] == utc("2026-04-03 03:40:38")
    assert table["distance_km"][0] == 5.25
    assert cohort.dropped["n_rows"].sum() == 1


ACTIVITY = "start,utc_offset_min,sport,sub_sport,elapsed_s,moving_s,distance_m,ascent_m,hr_avg_bpm,hr_max_bpm"


@pytest.mark.parametrize(
    ("sample", "sport", "start", "km", "minutes"),
    [
        ("strava/12866632127.fit.gz", None, "2022-05-29 15:53:35", 3.323, 23.8),
        ("fit/activity-small-fenix2-run.fit", "run", None, None, None),
        ("tcx/no_hr.tcx", "run", None, None, None),
    ],
)
def test_a_real_activity_file_becomes_a_session(raw, shared, sample, sport, start, km, minutes):
    name = sample.rsplit("/", 1)[1]
    shutil.copy(shared / "samples" / sample, raw.folder / name)
    cohort = raw.read(block_for(ACTIVITY, name, WHO))
    (session,) = cohort.tables["training_sessions"].to_dict("records")
    assert cohort.errors == ()
    assert session["sport"] == (sport or session["sport"])
    assert start is None or session["start_utc"] == utc(start)
    assert km is None or session["distance_km"] == pytest.approx(km, rel=0.01)
    assert minutes is None or session["duration_min"] == pytest.approx(minutes, abs=0.3)


def test_apple_health_xml_becomes_sessions(raw, shared):
    shutil.copy(shared / "samples/apple/export6s3sample.xml", raw.folder / "export.xml")
    cohort = raw.read(block_for("start,end,sport,duration_s,distance_m,hr_avg_bpm", "export.xml", WHO))
    (workout,) = cohort.tables["training_sessions"].to_dict("records")
    assert cohort.errors == ()
    assert workout["start_utc"] == utc("2016-04-02 09:40:38")
    assert workout["duration_min"] == pytest.approx(31.7368, abs=1e-3)


# VALD (INPUTS 2.1)

FORCEFRAME = (
    '"Name","ExternalId","Date","Time","Device","Mode","Test","Direction","Position","L Reps","R Reps",'
    '"L Max Force (N)","R Max Force (N)","Max Imbalance","L Max Ratio","R Max Ratio","L Avg Force (N)",'
    '"R Avg Force (N)","L Max Force Per kg (N/kg)","R Max Force Per kg (N/kg)","Notes"\n'
)


def _frame(date: str, test: str, direction: str, position: str, left: str, right: str) -> str:
    cells = ["Erika Muster", "E7", date, "1:48 PM", "FF-1", "Bar", test, direction, position, "3", "3", left, right]
    return ",".join(f'"{c}"' for c in [*cells, "2.1", "0.9", "0.9", "390", "395", "5.8", "5.9", ""]) + "\n"


def test_forceframe_squeeze_is_adduction_and_pull_abduction_on_each_side(raw):
    content = (
        FORCEFRAME
        + _frame("28/04/2026", "Hip AD/AB", "Pull", "Hip AD/AB - 60", "463.25", "472.5")
        + _frame("28/04/2026", "Hip AD/AB", "Squeeze", "Hip AD/AB - 60", "406.75", "0")
        + _frame("28/04/2026", "Hip IR/ER", "Squeeze", "Hip IR/ER - Prone", "180", "190")
    )
    answers = {'"Hip AD/AB - 60" = "ASK"': '"Hip AD/AB - 60" = "supine"', '"Hip AD/AB - 45" = "ASK"\n': ""}
    cohort = raw.write("ff.csv", content).read(block_for(content.splitlines()[0], "ff.csv", answers))
    tests = cohort.tables["hip_assessments"].set_index(["motion", "side"])["force_n"].to_dict()
    assert cohort.errors == ()
    assert tests == {("abduction", "left"): 463.25, ("abduction", "right"): 472.5, ("adduction", "left"): 406.75}
    assert set(cohort.tables["hip_assessments"]["position"]) == {"supine"}
    assert set(cohort.tables["hip_assessments"]["date"]) == {pd.Timestamp("2026-04-28")}
    reasons = dict(zip(cohort.dropped["reason"], cohort.dropped["n_rows"], strict=True))
    assert reasons == {"Test is not Hip AD/AB": 1, "no force_n in a wide column": 1}


def test_forceframe_dates_that_read_both_ways_are_asked(raw):
    content = FORCEFRAME + _frame("3/4/2026", "Hip AD/AB", "Pull", "Hip AD/AB - 45", "463.25", "472.5")
    answers = {'"Hip AD/AB - 45" = "ASK"': '"Hip AD/AB - 45" = "supine"', '"Hip AD/AB - 60" = "ASK"\n': ""}
    cohort = raw.write("ff.csv", content).read(block_for(content.splitlines()[0], "ff.csv", answers))
    assert "month_first" in only(cohort.errors, "DATE").fix


DYNAMO = (
    "Name,Date,Time,Movement,Type,Body Region,Position,L Reps,R Reps,L Max Force (N),R Max Force (N),"
    "Force Asymmetry (%),L Max ROM (°),R Max ROM (°),ROM Asymmetry (%)\n"
    "Erika Muster,2026-04-28,09:00,Abduction,Isometric,Hip,Side Lying,2,2,147.5,189.25,22% R,,,\n"
    "Erika Muster,2026-04-28,09:10,Internal Rotation,ROM,Hip,Seated,2,2,,,,38.5,41,6% R\n"
    "Erika Muster,2026-04-28,09:20,Abduction,Isometric,Shoulder,Seated,2,2,99,98,1% L,,,\n"
)


def test_dynamo_force_and_range_of_motion_of_one_file_become_two_kinds_of_test(raw):
    header = DYNAMO.splitlines()[0]
    ((name, n),) = recognised(header)
    strength, rom = KNOWN[name]["layout"][n]["block"].replace("{path}", "d.csv").split("[[file]]")[1:]
    block = "[[file]]" + strength.replace('"ASK"', '"strength_isometric"', 1) + "[[file]]"
    cohort = raw.write("d.csv", DYNAMO).read(block + rom.replace('"ASK"', '"rom_passive"', 1))
    assert cohort.errors == ()
    tests = cohort.tables["hip_assessments"].set_index(["quality", "motion", "side"])
    assert tests["force_n"].dropna().to_dict() == {
        ("strength_isometric", "abduction", "left"): 147.5,
        ("strength_isometric", "abduction", "right"): 189.25,
    }
    assert tests["angle_deg"].dropna().to_dict() == {
        ("rom_passive", "internal_rotation", "left"): 38.5,
        ("rom_passive", "internal_rotation", "right"): 41,
    }
    assert set(tests["position"]) == {"side_lying", "seated"}


def test_nordbord_is_known_and_gives_nothing_to_the_hip():
    header = "Name,Date UTC,Time UTC,Test,L Max Force (N),R Max Force (N),L Max Torque (Nm),R Max Torque (Nm)"
    ((name, n),) = recognised(header)
    assert name == "vald_nordbord"
    assert tomllib.loads(KNOWN[name]["layout"][n]["block"]) == {}
