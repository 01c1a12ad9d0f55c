"""A fuzz over all readers: clean cohorts, what can befall an export, and a judge who knows what each cell says.

A case is a seed. It takes one clean cohort (its values are known, not read back), writes it in another way or damages
it, reads it, and judges: every value is the clean one, or what the damaged text says, or missing with a problem that
names its row; a row that is not there is named too. Nothing else may have changed. Repeat one case with
`python -m tests.sources.fuzz SEED`, which writes its files to a folder and prints the verdict.
"""

import contextlib
import csv
import datetime as dt
import gzip
import io
import random
import re
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
from gpxpy import geo

from analysis.errors import InputError
from analysis.sources import Cohort, Problem, read_cohort
from analysis.sources.pseudonyms import pseudonym
from analysis.study import Study
from analysis.tables import RAW_TABLES
from tests.sources import fit_bytes
from tests.sources.old_workbooks import DATE, ods, ods_cell, ods_table, xls

KEY = "fuzz"
TOP = f'[cohort]\nname = "t"\ntimezone = "Europe/Berlin"\npseudonym_key = "{KEY}"\nstart = 2026-01-05\n'
LONGEST_S = 10.0
SHOWS_WORDS = ("CODE", "EXERCISE")
"""Problems that show a word of a code list as it stands, so that it can be copied to cohort.toml: a name that a slip of
columns put there is shown too (exempt)."""
MISSING = ("", "NA", "NaN", "--", "-")
BREAK = re.compile(r"\r\n|\r|\n")
NAMES = ("Anna Müller", "Jörg Weiß", "Élise Dupont", "Tom Becker", "Ida Østberg", "Paul Grün")
MAILS = tuple(f"{n.split()[0].lower()}.x@example.org" for n in ("Anna", "Jorg", "Elise", "Tom", "Ida", "Paul"))


# -- clean cohorts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column of a clean file: its header, what it feeds, and how its cells are to be understood.

    `kind`: id, date, instant, number, whole, hms, word (through `codes`), text, or "" (read by no mapping).
    `wide` are the columns of the table that the header of a wide column tells.
    """

    header: str
    feeds: str = ""
    kind: str = ""
    codes: dict[str, object] = field(default_factory=dict)
    times: float = 1.0
    wide: dict[str, object] | None = None


@dataclass(frozen=True)
class Writing:
    """How a grid is written to a file, and which of it cohort.toml says."""

    form: str = "csv"
    encoding: str = "utf-8"
    mark: bytes = b""
    delimiter: str = ","
    line_end: str = "\n"
    quote_all: bool = False
    decimal: str = "."
    thousands: str = ""
    minus: str = "-"
    order: str = "iso"
    date_mark: str = "-"
    padding: str = ""
    title: int = 0
    footer: int = 0
    blank_every: int = 0
    trailing: bool = False
    typed: bool = False
    pack: str = ""
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grid:
    """A clean cohort of one table-like file. `rows` are texts with decimal point and ISO dates; `block` its [[file]]
    without the keys of writing; `where` is header -> the words kept; `ids` those of the athletes table, if any.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    block: str
    writing: Writing = Writing()
    forms: tuple[str, ...] = ("csv",)
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    others: dict[str, str] = field(default_factory=dict)
    constants: dict[str, object] = field(default_factory=dict)


def _day(n: int) -> str:
    return (dt.date(2026, 1, 5) + dt.timedelta(days=n)).isoformat()


def _person(i: int) -> tuple[str, str]:
    return NAMES[i % len(NAMES)], MAILS[i % len(MAILS)]


_WHO = (Column("Name"), Column("E-Mail"))
_SIDES = {"L": "left", "R": "right"}
_IDS = tuple(f"A-{i:02d}" for i in range(1, 7))


def _sessions() -> Grid:
    surfaces = {"Straße": "road", "Bahn": "track"}
    columns = (
        *_WHO,
        Column("Athlete", "athlete_id", "id"),
        Column("Day", "date", "date"),
        Column("km", "distance_km", "number"),
        Column("Dauer (min)", "duration_min", "number"),
        Column("Höhe", "ascent_m", "number"),
        Column("Grund", "surface", "word", surfaces),
        Column("Note"),
    )
    rows = tuple(
        (
            *_person(i), _IDS[i % 4], _day(3 * i + 1), f"{4 + i * 1.37:.2f}", f"{31 + i * 2.5:.1f}",
            str(120 + i * 311), ("Straße", "Bahn", "")[i % 3],
            ("easy, flat", 'said "ok"\nthen rain', "", "a;b|c")[i % 4],
        )
        for i in range(8)
    )  # fmt: skip
    block = (
        'table = "training_sessions"\nset = { sport = "run" }\n[file.columns]\nathlete_id = "Athlete"\ndate = "Day"\n'
        'distance_km = "km"\nduration_min = "Dauer (min)"\nascent_m = "Höhe"\nsurface = "Grund"\n'
        '[file.codes.surface]\n"Straße" = "road"\nBahn = "track"\n'
    )
    return Grid("sessions", "training_sessions", columns, rows, block, forms=("csv", "tsv", "txt", "xlsx", "ods"))


def _weekly() -> Grid:
    questions = tuple(Column(f"Q{q}", f"ostrc_q{q}", "whole") for q in range(1, 5))
    columns = (
        Column("Code", "athlete_id", "id"),
        Column("Week of", "week_start", "date"),
        Column("Größter Schmerz (0-10)", "pain_nrs", "number"),
        *questions,
        Column("Side", "side", "word", {**_SIDES, "both": "both"}),
        Column("Filled in", "answered_on", "date"),
        *_WHO,
    )
    answers = (("8", "8", "17", "25"), ("0", "", "", ""), ("17", "25", "8", "8"), ("25", "17", "17", "17"))
    rows = tuple(
        (
            _IDS[i % 3], _day(7 * (i // 3)), str((i * 3) % 11), *answers[i % 4], ("L", "R", "both")[i % 3],
            _day(7 * (i // 3) + 6), *_person(i),
        )
        for i in range(9)
    )  # fmt: skip
    block = (
        'table = "weekly_reports"\nset = { region = "hip_groin", ostrc_version = 2 }\n[file.columns]\n'
        'athlete_id = "Code"\nweek_start = "Week of"\npain_nrs = "Größter Schmerz (0-10)"\nside = "Side"\n'
        'answered_on = "Filled in"\n' + "".join(f'ostrc_q{q} = "Q{q}"\n' for q in range(1, 5))
    ) + '[file.codes.side]\nL = "left"\nR = "right"\nboth = "both"\n'
    return Grid("weekly", "weekly_reports", columns, rows, block, ids=_IDS[:3], forms=("csv", "xlsx", "xls"))


def _wide() -> Grid:
    wide = tuple(
        Column(f"{side} {motion} {n}", "force_n", "number", wide={"side": word, "motion": name, "trial_no": float(n)})
        for side, word in (("R", "right"), ("L", "left"))
        for motion, name in (("Abd", "abduction"), ("Add", "adduction"))
        for n in (1, 2)
    )
    columns = (
        Column("Patient", "athlete_id", "id"),
        _WHO[0],
        Column("Date", "date", "date"),
        Column("Lever (cm)", "lever_arm_m", "number", times=0.01),
        *wide,
    )
    rows = tuple(
        (
            f"P{i + 1}", NAMES[i], _day(9 * i), f"{38 + i * 0.5:.1f}",
            *("" if (i, k) in ((1, 3), (4, 0)) else f"{131.4 + 13.7 * k + 7.9 * i:.1f}" for k in range(8)),
        )
        for i in range(5)
    )  # fmt: skip
    block = (
        'table = "hip_assessments"\nset = { quality = "strength_isometric", position = "side_lying" }\n[file.columns]\n'
        'athlete_id = "Patient"\ndate = "Date"\nlever_arm_m = { column = "Lever (cm)", unit = "cm" }\n[file.unpivot]\n'
        "pattern = '(?P<side>R|L) (?P<motion>Abd|Add) (?P<trial_no>\\d+)'\nvalue = \"force_n\"\n"
        '[file.unpivot.codes.side]\nR = "right"\nL = "left"\n'
        '[file.unpivot.codes.motion]\nAbd = "abduction"\nAdd = "adduction"\n'
    )
    return Grid(
        "wide", "hip_assessments", columns, rows, block, forms=("csv", "tsv", "xlsx", "xls", "ods", "xlsx", "xls")
    )


def _diary() -> Grid:
    columns = (
        Column("Datum", "date", "date"),
        Column("Kürzel", "athlete_id", "id"),
        Column("Strecke (km)", "distance_km", "number"),
        Column("Dauer", "duration_min", "hms", times=1 / 60),
        Column("Höhenmeter", "ascent_m", "number"),
        Column("Anstrengung", "rpe", "number"),
        Column("Bemerkung"),
    )
    rows = tuple(
        (
            _day(2 * i), ("MÜ", "KÖ")[i % 2], f"{6.25 + i * 1.5:.2f}", f"{i % 2}:{31 + i:02d}:{(i * 7) % 60:02d}",
            str(900 + 217 * i), str(3 + i % 5), "schöner Lauf; müde" if i % 3 else "",
        )
        for i in range(9)
    )  # fmt: skip
    block = (
        'table = "training_sessions"\nset = { sport = "run", rpe_scale = "cr10" }\n[file.columns]\ndate = "Datum"\n'
        'athlete_id = "Kürzel"\ndistance_km = "Strecke (km)"\nduration_min = { column = "Dauer", unit = "h:mm:ss" }\n'
        'ascent_m = "Höhenmeter"\nrpe = "Anstrengung"\n'
    )
    how = Writing(encoding="cp1252", delimiter=";", line_end="\r\n", decimal=",", thousands=".", order="day_first",
                  date_mark=".", said=("encoding",))  # fmt: skip
    return Grid("diary", "training_sessions", columns, rows, block, how, forms=("csv", "txt"))


_DICTIONARY_HEADER = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)",'
    '"Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?",'
    '"Field Annotation"\n'
)


def _redcap() -> Grid:
    def question(name: str, form: str, kind: str = "text", choices: str = "", check: str = "", identifier: str = ""):
        return f'{name},{form},,{kind},"{name}","{choices}",,{check},,,{identifier},,,,,,,\n'

    dictionary = _DICTIONARY_HEADER + "".join((
        question("record_id", "baseline"), question("full_name", "baseline", identifier="y"),
        question("sex", "baseline", "radio", "1, Female | 2, Male"), question("height", "baseline", check="number"),
        question("history", "baseline", "checkbox", "1, Hip | 2, Knee"),
        question("pain", "weekly", "radio", "0, none | 1, some"),
    ))  # fmt: skip
    columns = (
        Column("record_id", "athlete_id", "id"),
        Column("redcap_event_name"),
        Column("full_name"),
        Column("sex", "sex", "word", {"1": "female", "2": "male"}),
        Column("height", "height_cm", "number"),
        Column("history___1", "previous_injury", "word", {"0": False, "1": True}),
        Column("history___2"),
        Column("baseline_complete"),
        Column("pain"),
        Column("weekly_complete"),
    )
    rows = []
    for i in range(5):
        box = str(i % 2)
        height = f"{163 + 3.7 * i:.1f}"
        rows.append((str(i + 1), "baseline_arm_1", NAMES[i], str(1 + i % 2), height, box, "0", "2", "", ""))
        rows.append((str(i + 1), "week_1_arm_1", "", "", "", "0", "0", "", str(i % 2), "2"))
    block = (
        'table = "athletes"\ndictionary = "dictionary.csv"\nwhere = { redcap_event_name = ["baseline_arm_1"] }\n'
        '[file.columns]\nathlete_id = "record_id"\nsex = "sex"\nheight_cm = "height"\nprevious_injury = "history___1"\n'
        '[file.codes.sex]\n1 = "female"\n2 = "male"\n[file.codes.previous_injury]\n0 = false\n1 = true\n'
    )
    where = {"redcap_event_name": ("baseline_arm_1",)}
    return Grid("redcap", "athletes", columns, tuple(rows), block, where=where, others={"dictionary.csv": dictionary})


def _strava() -> Grid:
    columns = (
        Column("Activity ID"),
        Column("Activity Date", "start_utc", "instant"),
        Column("Activity Type", "sport", "word", {"Run": "run", "Ride": "bike"}),
        Column("Elapsed Time"),
        Column("Distance"),
        Column("Elapsed Time", "duration_min", "number", times=1 / 60),
        Column("Distance", "distance_km", "number", times=0.001),
        Column("Media"),
    )
    rows = []
    for i in range(7):
        at = dt.datetime(2026, 1, 6, 6, 15, 30) + dt.timedelta(days=2 * i, hours=i)
        said = f"{at:%b} {at.day}, {at.year}, {at:%I:%M:%S %p}"
        seconds, metres = 1800.5 + 61.5 * i, 5012.7 + 733.1 * i
        rows.append(
            (str(9000 + i), said, ("Run", "Run", "Ride")[i % 3], f"{seconds:.0f}", f"{metres / 1000:.2f}",
             f"{seconds:.1f}", f"{metres:.1f}", "")
        )  # fmt: skip
    block = (
        'table = "training_sessions"\ntimezone = "UTC"\nset = { athlete_id = "Z-99" }\n[file.columns]\n'
        'start_utc = { column = "Activity Date", format = "%b %d, %Y, %I:%M:%S %p" }\nsport = "Activity Type"\n'
        'duration_min = { column = "Elapsed Time", occurrence = 2, unit = "s" }\n'
        'distance_km = { column = "Distance", occurrence = 2, unit = "m" }\n'
        '[file.codes.sport]\nRun = "run"\nRide = "bike"\n'
    )
    return Grid("strava", "training_sessions", columns, tuple(rows), block, constants={"athlete_id": "Z-99"})


def _injuries() -> Grid:
    areas = {"Hip/Leiste": "hip_groin", "Knie": "knee", "Fuß": "ankle_foot"}
    columns = (
        Column("player_id", "athlete_id", "id"),
        *_WHO,
        Column("date_event", "onset_date", "date"),
        Column("return", "return_date", "date"),
        Column("body_area", "region", "word", areas),
        Column("side", "side", "word", {"l": "left", "r": "right"}),
        Column("osiics", "diagnosis_code", "text"),
    )
    rows = tuple(
        (
            _IDS[i], *_person(i), _day(5 * i), _day(5 * i + 8 + i) if i % 3 else "", list(areas)[i % 3], "lr"[i % 2],
            ("HMYA", "KJX", "LMG")[i % 3],
        )
        for i in range(6)
    )  # fmt: skip
    block = (
        'table = "injuries"\n[file.columns]\nathlete_id = "player_id"\nonset_date = "date_event"\n'
        'return_date = "return"\nregion = "body_area"\nside = "side"\ndiagnosis_code = "osiics"\n[file.codes.region]\n'
        '"Hip/Leiste" = "hip_groin"\nKnie = "knee"\n"Fuß" = "ankle_foot"\n[file.codes.side]\nl = "left"\nr = "right"\n'
    )
    how = Writing(
        encoding="utf-8", mark=b"\xef\xbb\xbf", delimiter=";", line_end="\r\n", order="day_first", date_mark="/"
    )
    return Grid("injuries", "injuries", columns, rows, block, how, forms=("csv", "csv", "xlsx"), ids=_IDS)


def _rom() -> Grid:
    motions = {"Ext": "extension", "IR": "internal_rotation"}
    columns = (
        Column("Pat.", "athlete_id", "id"),
        Column("Datum", "date", "date"),
        Column("Bewegung", "motion", "word", motions),
        Column("Seite", "side", "word", _SIDES),
        Column("Winkel °", "angle_deg", "number"),
        Column("Gerät", "device", "text"),
        _WHO[0],
    )
    rows = tuple(
        (
            _IDS[i // 4], _day(11 * (i // 4)), ("Ext", "IR")[i % 2], "LR"[i // 2 % 2],
            f"{-7.5 - i if i % 2 == 0 else 31.5 + i:.1f}", "Goniometer Größe 2", NAMES[i // 4],
        )
        for i in range(12)
    )  # fmt: skip
    block = (
        'table = "hip_assessments"\nset = { quality = "rom_passive", position = "prone" }\n[file.columns]\n'
        'athlete_id = "Pat."\ndate = "Datum"\nmotion = "Bewegung"\nside = "Seite"\nangle_deg = "Winkel °"\n'
        'device = "Gerät"\n[file.codes.motion]\nExt = "extension"\nIR = "internal_rotation"\n[file.codes.side]\n'
        'L = "left"\nR = "right"\n'
    )
    return Grid("rom", "hip_assessments", columns, rows, block, forms=("csv", "xlsx", "xls", "ods"))


GRIDS = (_sessions(), _weekly(), _wide(), _diary(), _redcap(), _strava(), _injuries(), _rom())

_START = "2026-02-{:02d}T07:{:02d}:00Z"


def _gpx() -> bytes:
    points = "".join(
        f'<trkpt lat="{50 + 0.004 * k:.3f}" lon="9.1"><ele>{100 + 6 * k}</ele><time>{_START.format(3, 5 * k)}</time>'
        f"<extensions><x:T><x:hr>{140 + k}</x:hr></x:T></extensions></trkpt>"
        for k in range(6)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="t" '
        'xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="http://x"><trk><name>Anna Müller</name>'
        f"<type>running</type><trkseg>{points}</trkseg></trk></gpx>"
    ).encode()


def _tcx() -> bytes:
    laps = "".join(
        f'<Lap StartTime="{_START.format(4, 20 * k)}"><TotalTimeSeconds>{600.5 + 300 * k}</TotalTimeSeconds>'
        f"<DistanceMeters>{2012.25 + 900 * k}</DistanceMeters><AverageHeartRateBpm><Value>{141 + 9 * k}</Value>"
        f"</AverageHeartRateBpm></Lap>"
        for k in range(2)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<TrainingCenterDatabase '
        'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities><Activity Sport="Running">'
        f"{laps}</Activity></Activities></TrainingCenterDatabase>"
    ).encode()


def _apple() -> bytes:
    workouts = "".join(
        f'<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="{30.5 + k}" durationUnit="min" '
        f'totalDistance="{5.25 + k}" totalDistanceUnit="km" sourceName="Anna Müller" '
        f'startDate="2026-02-{3 + k:02d} 07:00:00 +0100" endDate="2026-02-{3 + k:02d} 07:31:00 +0100"/>\n'
        for k in range(3)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n<!ELEMENT HealthData (Workout*)>\n]>\n'
        f'<HealthData locale="de_DE">\n{workouts}</HealthData>\n'
    ).encode()


def _fit() -> bytes:
    begin, end = fit_bytes.stamp("2026-02-03T07:15:00+00:00"), fit_bytes.stamp("2026-02-03T07:50:00+00:00")
    records = (
        fit_bytes.message("record", timestamp=begin + 60 * k, distance=10000 * k, heart_rate=140 + k) for k in range(6)
    )
    session = fit_bytes.message(
        "session", timestamp=end, start_time=begin, sport=fit_bytes.RUNNING, total_elapsed_time=2100000,
        total_timer_time=2040500, total_distance=601275, avg_heart_rate=147,
    )  # fmt: skip
    return fit_bytes.fit(fit_bytes.message("file_id", type=fit_bytes.ACTIVITY), *records, session)


@dataclass(frozen=True)
class Activities:
    """A clean cohort of one file of a watch or phone: its bytes and the sessions in them, as `_session` gives them."""

    name: str
    file: str
    content: bytes
    columns: dict[str, str]
    clean: tuple[tuple, ...]


Session = tuple[str | None, float | None, float | None, float | None]
"""Start in UTC, distance in km, duration in min, mean heart rate."""
_WATCH = {"start_utc": '"start"', "distance_km": '{ column = "distance_m", unit = "m" }', "hr_avg_bpm": '"hr_avg_bpm"'}


def _watch(duration: str) -> dict[str, str]:
    return {**_WATCH, "duration_min": f'{{ column = "{duration}", unit = "s" }}'}


def near(value: float | None) -> float | None:
    """A number rounded so that two ways of computing it agree."""
    return None if value is None else float(f"{value:.5g}")


def _utc(text: str) -> str:
    at = dt.datetime.fromisoformat(text.strip())
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat(timespec="seconds")


def _plain_number(text: str) -> float:
    if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*", text, re.ASCII):
        raise ValueError(text)
    return float(text)


def _is_none(text: str | None) -> bool:
    """Whether an element says that there is no number."""
    return text is not None and text.strip().casefold() in ("", "nan")


def _is_rate(element: ElementTree.Element) -> bool:
    return element.tag.rpartition("}")[2] == "hr" and not _is_none(element.text or "")


def said_by_gpx(root: ElementTree.Element) -> list[Session]:
    """The sessions a GPX document says; raises where something in it says nothing."""
    names = "{http://www.topografix.com/GPX/1/1}"
    found = []
    for track in root.findall(f"{names}trk"):
        km, times, rates = 0.0, [], []
        for segment in track.findall(f"{names}trkseg"):
            at = None
            for point in segment.findall(f"{names}trkpt"):
                here = _plain_number(point.get("lat")), _plain_number(point.get("lon"))
                km += geo.distance(*at, None, *here, None) / 1000 if at else 0.0
                at = here
                times += [_utc(t.text) for t in point.findall(f"{names}time")]
                rates += [_plain_number(r.text) for r in point.iter() if _is_rate(r)]
        rates = [r for r in rates if r > 0]
        first, last = dt.datetime.fromisoformat(min(times)), dt.datetime.fromisoformat(max(times))
        rate = sum(rates) / len(rates) if rates else None
        found.append((min(times), near(km), near((last - first).total_seconds() / 60), near(rate)))
    return found


def said_by_tcx(root: ElementTree.Element) -> list[Session]:
    """The sessions a TCX document says; raises where something in it says nothing."""
    names = "{http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2}"
    found = []
    for activity in root.findall(f"{names}Activities/{names}Activity"):
        laps = activity.findall(f"{names}Lap")
        seconds = [_plain_number(lap.findtext(f"{names}TotalTimeSeconds")) for lap in laps]
        metres = [_plain_number(lap.findtext(f"{names}DistanceMeters")) for lap in laps]
        rates = [
            (_plain_number(rate.findtext(f"{names}Value")), s)
            for lap, s in zip(laps, seconds, strict=True)
            for rate in lap.findall(f"{names}AverageHeartRateBpm")
            if not _is_none(rate.findtext(f"{names}Value"))
        ]
        rates = [(rate, s) for rate, s in rates if rate > 0 and s > 0]
        mean = sum(r * s for r, s in rates) / sum(s for _, s in rates) if rates else None
        start = min(_utc(lap.get("StartTime")) for lap in laps)
        found.append((start, near(sum(metres) / 1000), near(sum(seconds) / 60), near(mean)))
    return found


def said_by_apple(root: ElementTree.Element) -> list[Session]:
    """The workouts an Apple Health export says; raises where something in it says nothing."""
    units = {
        "durationUnit": {"s": 1 / 60, "min": 1, "hr": 60, "h": 60, "ms": 1 / 60000},
        "totalDistanceUnit": {"m": 0.001, "km": 1, "mi": 1.609344, "yd": 0.0009144, "ft": 0.0003048, "cm": 1e-5},
    }

    def number(workout: ElementTree.Element, name: str) -> float | None:
        if not workout.get(name):
            return None
        return _plain_number(workout.get(name)) * units[f"{name}Unit"][workout.get(f"{name}Unit")]

    found = []
    for workout in root.findall("Workout"):
        at = dt.datetime.fromisoformat(workout.get("startDate").replace(" +", "+"))
        if at.tzinfo is None:
            return []  # a time without an offset is in the zone of the mapping, which the document does not say
        km, minutes = near(number(workout, "totalDistance")), near(number(workout, "duration"))
        found.append((at.astimezone(dt.UTC).isoformat(timespec="seconds"), km, minutes, None))
    return found


SAID = {"gpx": said_by_gpx, "tcx": said_by_tcx, "apple": said_by_apple}
"""What a mutated document says; a FIT file has a checksum instead."""


def said_by(name: str, content: bytes) -> list[Session] | None:
    """The sessions the bytes say, read by other means than the reader's; None where something cannot be read."""
    if name == "apple":
        content = re.sub(rb"<!DOCTYPE.*?\]>", b"", content, count=1, flags=re.DOTALL)
    try:
        return SAID[name](ElementTree.fromstring(content))
    except (ElementTree.ParseError, ValueError, TypeError, LookupError, OverflowError):
        return None


_FIT_SAYS = (("2026-02-03T07:15:00+00:00", near(6.01275), near(2040.5 / 60), 147.0),)
ACTIVITIES = (
    Activities("fit", "a.fit", _fit(), _watch("moving_s"), _FIT_SAYS),
    Activities("gpx", "a.gpx", _gpx(), _watch("elapsed_s"), tuple(said_by("gpx", _gpx()))),
    Activities("tcx", "a.tcx", _tcx(), _watch("moving_s"), tuple(said_by("tcx", _tcx()))),
    Activities("apple", "a.xml", _apple(), _watch("duration_s"), tuple(said_by("apple", _apple()))),
)


# -- a case: a grid written down --------------------------------------------------------------------------------


@dataclass
class Cell:
    """A cell as it was in the clean file and as it is written now; `text` is None where it is as it was."""

    clean: str
    text: str | None = None


@dataclass
class Draft:
    """A grid being mutated: columns (in their new order), headers as written, rows, and the writing."""

    grid: Grid
    columns: list[Column]
    headers: list[str]
    rows: list[list[Cell]]
    how: Writing
    lines: list[int] = field(default_factory=list)
    gone: bool = False

    @classmethod
    def of(cls, grid: Grid) -> "Draft":
        rows = [[Cell(text) for text in row] for row in grid.rows]
        return cls(grid, list(grid.columns), [c.header for c in grid.columns], rows, grid.writing)

    def written(self, column: Column, cell: Cell) -> str:
        """The text of a cell in the writing of the file."""
        if cell.text is not None:
            return cell.text
        text = cell.clean
        if column.kind in ("number", "whole") and text:
            text = _number(text, self.how, grouped=column.kind == "number")
        elif column.kind == "date" and text:
            text = _date(text, self.how)
        return f"{self.how.padding}{text}{self.how.padding}" if column.kind and text else text


def _number(text: str, how: Writing, *, grouped: bool) -> str:
    sign, whole, fraction = re.fullmatch(r"(-?)(\d+)\.?(\d*)", text).groups()
    if how.thousands and grouped:
        whole = f"{int(whole):,}".replace(",", how.thousands)
    return f"{how.minus if sign else ''}{whole}{how.decimal + fraction if fraction else ''}"


def _date(text: str, how: Writing) -> str:
    year, month, day = text.split("-")
    parts = {"iso": (year, month, day), "day_first": (day, month, year), "month_first": (month, day, year)}
    return how.date_mark.join(parts[how.order])


def _csv_record(cells: list[str], how: Writing) -> str:
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if how.quote_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=how.delimiter, lineterminator=how.line_end, quoting=quoting).writerow(cells)
    text = out.getvalue()
    return text if not how.trailing else text[: -len(how.line_end)] + how.delimiter + how.line_end


def _table_of(draft: Draft) -> tuple[list[list[str]], list[int | None]]:
    """All rows of the file as texts, and for each the index of the data row it is (None for the others)."""
    how = draft.how
    table: list[list[str]] = [[f"Export no. {k + 1}"] for k in range(how.title)]
    table.append(draft.headers)
    of: list[int | None] = [None] * len(table)
    for i, row in enumerate(draft.rows):
        if how.blank_every and i % how.blank_every == 1:
            table.append([])
            of.append(None)
        table.append([draft.written(c, cell) for c, cell in zip(draft.columns, row, strict=True)])
        of.append(i)
    for k in range(how.footer):
        table.append([f"Note {k + 1}"] + [""] * (len(draft.columns) - 1))
        of.append(None)
    return table, of


def _render_text(draft: Draft) -> bytes:
    how = draft.how
    parts, line = [], 1
    for cell in (c for row in draft.rows for c in row if c.text is not None):
        cell.text = cell.text.encode(how.encoding, "replace").decode(how.encoding)
    table, of = _table_of(draft)
    draft.lines = [0] * len(draft.rows)
    for cells, i in zip(table, of, strict=True):
        record = _csv_record(cells, how) if cells else how.line_end
        if i is not None:
            draft.lines[i] = line
        line += len(BREAK.findall(record))
        parts.append(record)
    return how.mark + "".join(parts).encode(how.encoding, "replace")


_ILLEGAL = re.compile(r"[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _storable(text: str, form: str) -> str:
    """Text as a workbook can hold it; what writes .xls here has no letters beyond the first plane."""
    text = re.sub("[\U00010000-\U0010ffff]", "?", text) if form == "xls" else text
    return _ILLEGAL.sub("?", text)[:2000]


def _native(draft: Draft, column: Column, cell: Cell) -> object:
    if draft.how.typed and cell.text is None and cell.clean:
        if column.kind in ("number", "whole"):
            return float(cell.clean)
        if column.kind == "date":
            return dt.date.fromisoformat(cell.clean)
    return _storable(draft.written(column, cell), draft.how.form) or None


def _render_workbook(draft: Draft) -> bytes:
    table, of = _table_of(draft)
    draft.lines = [0] * len(draft.rows)
    values: list[list[object]] = []
    for n, (cells, i) in enumerate(zip(table, of, strict=True), start=1):
        if i is None:
            values.append([_storable(text, draft.how.form) or None for text in cells])
            continue
        draft.lines[i] = n
        for cell in draft.rows[i]:
            if cell.text is not None:
                cell.text = _storable(cell.text, draft.how.form)
        values.append([_native(draft, c, cell) for c, cell in zip(draft.columns, draft.rows[i], strict=True)])
    return {"xlsx": _as_xlsx, "xls": _as_xls, "ods": _as_ods}[draft.how.form](values)


def _as_xlsx(rows: list[list[object]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "Kraft"
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def _as_xls(rows: list[list[object]]) -> bytes:
    zero = dt.date(1899, 12, 30)
    as_told = [[((v - zero).days, DATE) if isinstance(v, dt.date) else v for v in row] for row in rows]
    return xls({"Kraft": as_told})


def _as_ods(rows: list[list[object]]) -> bytes:
    def cell(value: object) -> str:
        if isinstance(value, float):
            return ods_cell(str(value), "float")
        if isinstance(value, dt.date):
            return ods_cell(value.isoformat(), "date")
        return ods_cell(escape(value or "").replace("\n", "</text:p><text:p>"))

    with tempfile.TemporaryDirectory() as folder:
        return ods(Path(folder) / "a.ods", ods_table("Kraft", [[cell(v) for v in row] for row in rows])).read_bytes()


def render(draft: Draft) -> bytes:
    """The file; `draft.lines` is filled with the line, or row of the sheet, of each data row."""
    return _render_text(draft) if draft.how.form in ("csv", "tsv", "txt") else _render_workbook(draft)


def block_of(draft: Draft, path: str) -> str:
    """The [[file]] of the case."""
    how = draft.how
    keys = {"encoding": how.encoding, "delimiter": how.delimiter, "decimal": how.decimal, "dates": how.order}
    said = "".join(f"{k} = {_toml(v)}\n" for k, v in keys.items() if k in how.said)
    if how.thousands and "decimal" in how.said:
        mark = " " if how.thousands in " \u00a0" else how.thousands
        said += f"thousands = {_toml(mark)}\n"
    said += f"header_rows = [{how.title + 1}]\n" if how.title else ""
    said += f"skip_footer = {how.footer}\n" if how.footer else ""
    return f"\n[[file]]\npath = {_toml(path)}\n{said}{draft.grid.block}"


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace("\t", "\\t") + '"'


# -- mutations that keep the meaning ----------------------------------------------------------------------------

Draw = random.Random


def shuffle(draft: Draft, draw: Draw) -> None:
    """Columns in another order; columns of one header keep theirs."""
    order = list(range(len(draft.columns)))
    draw.shuffle(order)
    for name in {c.header for c in draft.columns}:
        at = [k for k, p in enumerate(order) if draft.columns[p].header == name]
        for k, p in zip(at, sorted(order[k] for k in at), strict=True):
            order[k] = p
    draft.columns = [draft.columns[p] for p in order]
    draft.headers = [draft.headers[p] for p in order]
    draft.rows = [[row[p] for p in order] for row in draft.rows]


def add_columns(draft: Draft, draw: Draw) -> None:
    """Columns that no mapping names."""
    for k in range(draw.randint(1, 3)):
        at = draw.randint(0, len(draft.columns))
        header = draw.choice(("Wetter", "unused", "", "km/h", "x" * 300))
        draft.columns.insert(at, Column(header))
        draft.headers.insert(at, header)
        for i, row in enumerate(draft.rows):
            row.insert(at, Cell(draw.choice(("", "7,5", "1.234", "2026-13-45", "schön", f"z{i}{k}"))))


def double_column(draft: Draft, draw: Draw) -> None:
    """A header twice: which one is meant cannot be known, unless nobody asks for it."""
    p = draw.randrange(len(draft.columns))
    at = draw.randint(0, len(draft.columns))
    copied = draft.columns[p]
    draft.columns.insert(at, Column(copied.header) if copied.wide is None else copied)
    draft.headers.insert(at, draft.headers[p])
    other = draw.random() < 0.5
    for row in draft.rows:
        row.insert(at, Cell("7" if other and copied.wide is None else row[p].clean))
    if copied.header in ("Distance", "Elapsed Time"):
        draft.gone = True  # the occurrence now counts otherwise: as the file says


def _set(draft: Draft, **keys: object) -> None:
    draft.how = replace(draft.how, **keys)


def _say(draft: Draft, key: str, draw: Draw, chance: float = 0.5) -> None:
    said = tuple(k for k in draft.how.said if k != key)
    _set(draft, said=(*said, key) if draw.random() < chance else said)


def encode(draft: Draft, draw: Draw) -> None:
    """Another encoding, named in the mapping or not."""
    encoding, mark = draw.choice(
        (("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"),
         ("cp1252", b""), ("iso-8859-1", b""), ("utf-16-le", b""), ("cp437", b""))
    )  # fmt: skip
    _set(draft, encoding=encoding, mark=mark)
    _say(draft, "encoding", draw)


def line_ends(draft: Draft, draw: Draw) -> None:
    """LF, CRLF or CR."""
    _set(draft, line_end=draw.choice(("\n", "\r\n", "\r")))


def delimit(draft: Draft, draw: Draw) -> None:
    """Another delimiter, named or not."""
    _set(draft, delimiter=draw.choice(",;\t|"))
    _say(draft, "delimiter", draw, 0.3)


def quote(draft: Draft, _draw: Draw) -> None:
    """Every cell in quotes."""
    _set(draft, quote_all=True)


def blank_lines(draft: Draft, draw: Draw) -> None:
    """Blank lines between the rows."""
    _set(draft, blank_every=draw.randint(2, 4))


def trailing(draft: Draft, _draw: Draw) -> None:
    """A delimiter at the end of each line."""
    _set(draft, trailing=True)


def frame(draft: Draft, draw: Draw) -> None:
    """Title rows above and notes below, which the mapping tells."""
    _set(draft, title=draw.randint(0, 3), footer=draw.randint(0, 2))


def number_marks(draft: Draft, draw: Draw) -> None:
    """Decimal point and comma exchanged in all numbers, marks between thousands, another minus."""
    decimal = draw.choice(".,")
    grouped = draw.choice(("", {".": ",", ",": "."}[decimal], " ", "\u00a0", "'"))
    _set(draft, decimal=decimal, thousands=grouped, minus=draw.choice("-−–"), typed=False)
    _say(draft, "decimal", draw, 0.4)


def date_order(draft: Draft, draw: Draw) -> None:
    """Dates in another order, named or not."""
    order = draw.choice(("iso", "day_first", "month_first"))
    mark = "-" if order == "iso" else draw.choice("./-") if order == "day_first" else "/"
    _set(draft, order=order, date_mark=mark, typed=False)
    _say(draft, "dates", draw, 0.4)


def pad(draft: Draft, draw: Draw) -> None:
    """Blanks and no-break spaces around the cells and headers."""
    thin = "\u2009" if draft.how.encoding.startswith("utf") else "\u00a0"  # cp1252 has none
    padding = draw.choice((" ", "\u00a0", "\u00a0 ", thin, "\t" if draft.how.delimiter != "\t" else " "))
    _set(draft, padding=padding)
    draft.headers = [f"{padding}{h}{padding}".replace(" ", "\u00a0 ") if h else h for h in draft.headers]


def pack(draft: Draft, draw: Draw) -> None:
    """Packed with gzip, or in an archive."""
    _set(draft, pack=draw.choice(("gz", "zip", "zip.gz")))


KEEPING: tuple[Callable[[Draft, Draw], None], ...] = (
    shuffle, add_columns, double_column, encode, line_ends, delimit, quote, blank_lines, trailing, frame,
    number_marks, date_order, pad, pack,
)  # fmt: skip


# -- mutations that damage --------------------------------------------------------------------------------------

RUBBISH = (
    "rubbish", "n/a?", "1e400", "-1e400", "NaN", "nan", "inf", "-inf", "Infinity", "999999999999", "1e5", "=1+1",
    "=HYPERLINK(\"http://x\")", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\x1b[31m5\x07", "\u202e123",
    "\u200f5", "🏃", "5🏃", "2026-02-30", "31.12.2026", "2026-03-04", "03/04/2026", "13/04/2026", "04/13/2026",
    "1,5", "1.5", "1.234", "1,234", "1.234.567", "1,234.5", "12:30", "1:12:30", "1/2", "5 km", "5%", "--", "NA",
    "null", "None", "#N/A", "#REF!", "０５", "٣", "²", "5\u200b", "1 234", "1'234", "+5", "-5", "−5", "0x1F",
    "1_000", "true", "FALSE", "5-6", '5"', "'5", "\ufeff5", "46027", "46027.25", "0", "-0", "00012", "1e-3", ".5",
    "5.", ",", ".", "-", "", "9" * 400, "9" * 5000, "1:" + "9" * 5000 + ":00", "0:59:59,5", "x" * 100_000,
    "jane.doe@example.org", "0001-01-01", "9999-12-31", "2026-01-05T25:61:00", "2026-01-05 23:30:00+05:30",
    "Jan 6, 2026, 06:15:30 AM", "female", "left", "L", "a\tb", "a;b|c,d", "l\r\nm", "\u2028", "A-01 ", "a-01", "A–01",
)  # fmt: skip


def _some_cell(draft: Draft, draw: Draw) -> tuple[int, int]:
    used = [p for p, c in enumerate(draft.columns) if c.kind or c.header in draft.grid.where]
    return draw.randrange(len(draft.rows)), draw.choice(used if draw.random() < 0.9 else range(len(draft.columns)))


def rubbish(draft: Draft, draw: Draw) -> None:
    """Cells replaced by what does not belong there."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        i, p = _some_cell(draft, draw)
        draft.rows[i][p].text = draw.choice(RUBBISH)


def _differing(draft: Draft, row: list[Cell], p: int, text: str) -> None:
    if text != draft.written(draft.columns[p], row[p]):
        row[p].text = text


def swap_cells(draft: Draft, draw: Draw) -> None:
    """Two cells of a row, or of a column, exchanged."""
    i, p = _some_cell(draft, draw)
    j, q = (i, _some_cell(draft, draw)[1]) if draw.random() < 0.5 else (_some_cell(draft, draw)[0], p)
    one, other = draft.rows[i][p], draft.rows[j][q]
    first, second = draft.written(draft.columns[p], one), draft.written(draft.columns[q], other)
    _differing(draft, draft.rows[i], p, second)
    _differing(draft, draft.rows[j], q, first)


def shift_row(draft: Draft, draw: Draw) -> None:
    """The cells of a row moved by one, as a cell deleted or entered by mistake does."""
    row = draft.rows[draw.randrange(len(draft.rows))]
    texts = [draft.written(c, cell) for c, cell in zip(draft.columns, row, strict=True)]
    moved = [*texts[1:], ""] if draw.random() < 0.5 else ["", *texts[:-1]]
    for p, text in enumerate(moved):
        _differing(draft, row, p, text)


def rename_header(draft: Draft, draw: Draw) -> None:
    """A header mistyped, blank, or another's."""
    p = draw.randrange(len(draft.headers))
    old = draft.headers[p]
    new = draw.choice(
        (old.upper(), old.lower(), old + "x", "", old[:-1], "Column1", draw.choice(draft.headers), "=1+1", "x" * 5000,
         "R Abd " + "9" * 5000, "R Abd 7", "L Abd 1", "\u202e" + old, "🏃", old.replace("ä", "Ã¤").replace("ö", "Ã¶"))
    )  # fmt: skip
    draft.headers[p] = new


def double_rows(draft: Draft, draw: Draw) -> None:
    """Rows that stand there twice."""
    for _ in range(draw.randint(1, 2)):
        row = draft.rows[draw.randrange(len(draft.rows))]
        draft.rows.insert(draw.randint(0, len(draft.rows)), [Cell(c.clean, c.text) for c in row])


def cut_rows(draft: Draft, draw: Draw) -> None:
    """Rows, or the header, that are gone."""
    if draw.random() < 0.15 and len(draft.rows) > 1:
        first = draft.rows.pop(0)
        draft.headers = [draft.written(c, cell) for c, cell in zip(draft.columns, first, strict=True)]
        draft.gone = True
        return
    keep = draw.randint(0, len(draft.rows) - 1)
    draft.rows = sorted(draw.sample(draft.rows, keep), key=draft.rows.index)


def id_style(draft: Draft, draw: Draw) -> None:
    """The ids of all rows, or of some, written another way."""
    how = draw.choice(
        (str.lower, str.swapcase, lambda t: t.replace("-", ""), lambda t: f"player_{t}", lambda t: f"{t}.0",
         lambda t: re.sub(r"0+(\d)", r"\1", t), lambda t: f"0{t}", lambda t: t + "\u200b")
    )  # fmt: skip
    every = draw.random() < 0.5
    for row in draft.rows:
        for p, column in enumerate(draft.columns):
            if column.kind == "id" and (every or draw.random() < 0.4):
                _differing(draft, row, p, how(row[p].clean))


DAMAGING: tuple[Callable[[Draft, Draw], None], ...] = (
    rubbish, rubbish, rubbish, rubbish, swap_cells, swap_cells, shift_row, rename_header, rename_header, double_rows,
    cut_rows, id_style,
)  # fmt: skip


def flip(content: bytes, draw: Draw) -> bytes:
    """One to eight bytes changed."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 4, 8))):
        at = draw.randrange(len(changed))
        changed[at] = draw.choice((changed[at] ^ (1 << draw.randrange(8)), draw.randrange(256), 0, 34, 10))
    return bytes(changed)


def cut(content: bytes, draw: Draw) -> bytes:
    """The file breaks off, or lacks a part in the middle."""
    at = draw.randrange(len(content))
    return (
        content[:at] if draw.random() < 0.7 else content[:at] + content[min(len(content), at + draw.randint(1, 40)) :]
    )


BYTES = (flip, flip, cut)


# -- what the judge knows ---------------------------------------------------------------------------------------


def _as_value(column: Column, text: str) -> object:
    """The value of a clean cell."""
    if not text:
        return None
    if column.kind in ("number", "whole"):
        return near_exact(float(text) * column.times)
    if column.kind == "hms":
        hours, minutes, seconds = map(float, text.split(":"))
        return near_exact((hours * 3600 + minutes * 60 + seconds) * column.times)
    if column.kind == "instant":
        return dt.datetime.strptime(text, "%b %d, %Y, %I:%M:%S %p").isoformat()
    if column.kind == "id":
        return pseudonym(text, KEY.encode(), "a", 10)
    return column.codes[text] if column.codes else text


def near_exact(value: float) -> float:
    """A number to ten digits."""
    return float(f"{value:.10g}")


def readings(column: Column, text: str, how: Writing) -> set[object]:
    """Every value that a damaged cell may be said to hold; None where it says nothing."""
    text = " ".join(text.split())
    if text in MISSING:
        return {None}
    if column.kind in ("number", "whole"):
        return _number_readings(text, how, column.times)
    if column.kind == "hms":
        match = re.fullmatch(r"(\d+):([0-5]?\d):([0-5]?\d(?:[.,]\d+)?)", text)
        if match is None:
            return set()
        seconds = float(match[1]) * 3600 + float(match[2]) * 60 + float(match[3].replace(",", "."))
        return {near_exact(seconds * column.times)}
    if column.kind in ("date", "instant"):
        return _date_readings(text, column.kind)
    if column.kind == "id":
        return {pseudonym(text, KEY.encode(), "a", 10)}
    if column.kind == "word":
        words = {str(w): w for w in column.codes.values() if not isinstance(w, bool)}
        allowed = {w.casefold(): w for w in (*words.values(), *next(iter(_allowed(column)), ()))}
        return {column.codes[text]} if text in column.codes else {allowed[t] for t in [text.casefold()] if t in allowed}
    return {text}


def _allowed(column: Column) -> Iterator[tuple[str, ...]]:
    """The words of the declared column, which may stand in a file as they are."""
    return (t[column.feeds].allowed for t in RAW_TABLES.values() if column.feeds in t and column.feeds != "side")


def _number_readings(text: str, how: Writing, times: float) -> set[object]:
    """A number with the marks of the file; with the other ones only where they cannot be meant for thousands."""
    text = text.replace("−", "-").replace("–", "-")
    if not re.fullmatch(r"[+-]?[\d.,\u00a0 '’\u2009\u202f]*(?:[eE][+-]?\d+)?", text) or not re.search(r"\d", text):
        return set()
    found: set[object] = set()
    for decimal, mark in ((".", ","), (",", ".")):
        plain = re.sub(r"(?<=\d)[\u00a0 '’\u2009\u202f](?=\d{3})", "", text)
        if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+(?:{re.escape(decimal)}\d*)?", plain):
            plain = plain.replace(mark, "")
        if mark in plain:
            continue
        with contextlib.suppress(ValueError):
            value = near_exact(float(plain.replace(decimal, ".")) * times)
            found.add(value)
    return found


def _date_readings(text: str, kind: str) -> set[object]:
    found: set[object] = set()
    days = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
            "%b %d, %Y", "%b %d, %Y, %I:%M:%S %p")  # fmt: skip
    clocks = ("", " %H:%M:%S", "T%H:%M:%S", " %H:%M:%S%z", " %H:%M")
    for form in (d + c for d in days for c in clocks if not (c and "%p" in d)):
        with contextlib.suppress(ValueError):
            at = dt.datetime.strptime(text, form)
            at = at.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None) if at.tzinfo else at
            found.add(at.isoformat() if kind == "instant" else at.date().isoformat())
    if re.fullmatch(r"[2-7]\d{4}(\.\d+)?", text):
        found.add((dt.datetime(1899, 12, 30) + dt.timedelta(days=float(text))).date().isoformat())
    return found


def _got(cohort: Cohort, table: str, names: list[str]) -> list[tuple]:
    """The rows of a table as values that can be compared."""
    if table not in cohort.tables:
        return []
    frame = cohort.tables[table]
    return [tuple(_comparable(n, v) for n, v in zip(names, row, strict=True)) for row in frame[names].to_numpy(object)]


def _comparable(name: str, value: object) -> object:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat() if name == "start_utc" else value.date().isoformat()
    if isinstance(value, bool):
        return value
    return near_exact(float(value)) if isinstance(value, int | float) else value


@dataclass
class Said:
    """The problems of a file as the judge uses them: rows named, columns that could not be read, and whether the file
    as a whole was in doubt."""

    rows: set[int] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    dates: bool = False
    whole: bool = False
    any: bool = False
    encoding: bool = False

    @classmethod
    def of(cls, problems: tuple[Problem, ...], file: str) -> "Said":
        said = cls()
        for p in problems:
            if p.severity == "decision" or p.file not in (file, "cohort.toml"):
                continue
            said.any = True
            number = re.search(r"(\d+)$", p.place) if p.file == file else None
            said.rows.update([int(number[1])] if number else [])
            said.whole |= p.severity == "error" and (
                number is None or p.code in ("ENCODING", "DELIMITER", "EMPTY", "KEY", "SHEET")
                or (p.code == "HEADER" and not p.column)
                or "rows from here on were not read" in p.fix
            )  # fmt: skip
            said.encoding |= p.code == "ENCODING"
            if p.code in ("COLUMN", "HEADER", "DECIMAL", "PRIVACY") or "sheet" in p.fix:
                said.columns.add(p.column)
            if p.expected in ("dates to be read in one way", "one order of day and month in the file"):
                said.dates = True
        return said

    def is_void(self, column: Column) -> bool:
        """Whether all of a column may be missing."""
        return column.header in self.columns or (self.dates and column.kind == "date")


@dataclass(frozen=True)
class Verdict:
    """`outcome`: "same", "problem", "exact" (what the damaged text says) or "failed", with the reason."""

    outcome: str
    why: str = ""


Spec = list[tuple[set[object], bool]]


def judge_grid(draft: Draft, cohort: Cohort, file: str, wild: list[int] | None = None) -> Verdict:
    """Whether the table holds what the file says. `wild` are lines of which nothing is known but that they are odd."""
    grid, said = draft.grid, Said.of(cohort.problems, file)
    if draft.gone or (said.encoding and said.any):
        return Verdict("problem") if said.any or draft.gone else Verdict("failed", "no problem told")
    if said.columns & grid.where.keys():
        return Verdict("problem")
    names = list(dict.fromkeys(c.feeds for c in grid.columns if c.feeds))
    names += list(next((c.wide for c in grid.columns if c.wide), None) or ())
    got = _got(cohort, grid.table, names)
    clean = _clean_rows(grid, names)
    for line in wild or []:
        if line not in said.rows and not said.whole:
            return Verdict("failed", f"line {line} has another shape and no problem names it")
    left = list(got)
    missing: list[tuple[int, list[Cell], Spec]] = []
    for i, row in enumerate(draft.rows):
        for spec in _specs(draft, row, names, said, draft.lines[i]):
            exact = next((g for g in left if _fits(g, spec, strict=True)), None)
            if exact is None:
                missing.append((i, row, spec))
            else:
                left.remove(exact)
    for i, row, spec in missing:
        found = next((g for g in left if _fits(g, spec, strict=False)), None)
        if found is not None:
            left.remove(found)
        elif not _may_drop(draft, row, said, draft.lines[i]):
            return Verdict(
                "failed", f"line {draft.lines[i]}: no row {[sorted(map(str, v)) for v, _ in spec]} in {left}"
            )
    if said.any and "force_n" in names:  # a blank wide cell of a row with an error is kept, without a value
        left = [g for g in left if g[names.index("force_n")] is not None]
    if left and not wild:
        return Verdict("failed", f"rows from nowhere: {left}")
    if sorted(map(str, got)) == sorted(map(str, clean)) and not said.any:
        return Verdict("same")
    return Verdict("problem" if said.any else "exact")


def _clean_rows(grid: Grid, names: list[str]) -> list[tuple]:
    draft = Draft.of(grid)
    specs = [spec for row in draft.rows for spec in _specs(draft, row, names, Said(), 0)]
    return [tuple(next(iter(values)) for values, _ in spec) for spec in specs]


def _is_kept(draft: Draft, row: list[Cell]) -> bool:
    for column, cell in zip(draft.columns, row, strict=True):
        words = draft.grid.where.get(column.header)
        if words is not None and (cell.clean if cell.text is None else cell.text.strip()) not in words:
            return False
    return True


def _specs(draft: Draft, row: list[Cell], names: list[str], said: Said, line: int) -> Iterator[Spec]:
    """For each row of the table that a row of the file makes: by column the values it may hold, and whether it may be
    missing."""
    if not _is_kept(draft, row):
        return
    base = {n: ({v if n != "athlete_id" else pseudonym(v, KEY.encode(), "a", 10)}, False)
            for n, v in draft.grid.constants.items()}  # fmt: skip
    wide = []
    for column, header, cell in zip(draft.columns, draft.headers, row, strict=True):
        if not column.feeds:
            continue
        values = _values(draft, column, cell)
        named = line in said.rows or said.is_void(column)
        if column.wide is None:
            unread = {None, _DEFAULTS.get(column.feeds)} if said.is_void(column) else set()
            if column.feeds == "date" and draft.grid.table == "hip_assessments" and (named or None in values):
                unread = {None, "2026-01-05"}  # a test without a date takes the start of the cohort
            if column.feeds == "side" and draft.grid.table == "weekly_reports" and (named or None in values):
                unread = {None, "unspecified"}
            if column.header == "history___1" and any(c.text is not None for c in row):
                unread = {None}  # whether the box was asked is told by the rest of its form
            base[column.feeds] = (values | unread, named)
        elif values != {None} and (groups := _groups(column, header)) is not None:
            wide.append({**{n: ({v}, False) for n, v in groups.items()}, column.feeds: (values, named)})
    for extra in wide or ([{}] if not any(c.wide for c in draft.grid.columns) else []):
        yield [{**base, **extra}.get(n, ({None}, False)) for n in names]


_DEFAULTS = {"side": "unspecified"}
"""What stands in a column that could not be found, beside the error that says so."""


def _groups(column: Column, header: str) -> dict[str, object] | None:
    """What the header of a wide column says now; None where it is no such header any more."""
    match = re.fullmatch(r"(R|L) (Abd|Add) (\d+)", " ".join(header.split()))
    if match is None or len(match[3]) > 2:
        return None
    motion = {"Abd": "abduction", "Add": "adduction"}[match[2]]
    return {"side": _SIDES[match[1]], "motion": motion, "trial_no": float(match[3])}


def _values(draft: Draft, column: Column, cell: Cell) -> set[object]:
    if cell.text is None:
        return {_as_value(column, cell.clean)}
    return readings(column, cell.text, draft.how)


def _fits(got: tuple, spec: Spec, *, strict: bool) -> bool:
    return all(
        g in values or (not strict and may_lack and g is None) for g, (values, may_lack) in zip(got, spec, strict=True)
    )


def _may_drop(draft: Draft, row: list[Cell], said: Said, line: int) -> bool:
    """Whether a row of the file may be without a row in the table: named, or its file or a needed column in doubt."""
    if line in said.rows or said.whole:
        return True
    required = {*RAW_TABLES[draft.grid.table].required, "force_n", "start_utc"}
    if any(said.is_void(c) for c in draft.columns if c.feeds in required):
        return True
    strange = {c.header for c, cell in zip(draft.columns, row, strict=True) if c.kind == "id" and cell.text is not None}
    return bool(strange) and said.any


# -- cases ------------------------------------------------------------------------------------------------------


@dataclass
class Case:
    """A case ready to be read: files by name, cohort.toml, and how to judge it."""

    seed: int
    base: str
    kind: str
    files: dict[str, bytes]
    toml: bytes
    judge: Callable[[Cohort], Verdict]
    may_raise: bool = False


def make(seed: int) -> Case:
    """The case of a seed, the same every time."""
    draw = Draw(f"hiprun {seed}")
    what = draw.random()
    if what < 0.03:
        return _toml_case(seed, draw)
    return _activity_case(seed, draw) if what < 0.23 else _grid_case(seed, draw)


def _grid_case(seed: int, draw: Draw) -> Case:
    grid = draw.choice(GRIDS)
    draft = Draft.of(grid)
    form = draw.choice(grid.forms)
    _set(draft, form=form, delimiter="\t" if form == "tsv" else draft.how.delimiter)
    _set(draft, typed=form in ("xlsx", "xls", "ods") and draw.random() < 0.6)
    changes = [draw.choice(KEEPING)] if draw.random() < 0.5 else []
    level = draw.random()
    if level < 0.42:
        changes.append(draw.choice(KEEPING))
    elif level < 0.82:
        changes.append(draw.choice(DAMAGING))
    for change in changes:
        change(draft, draw)
    kind = changes[-1].__name__ if changes else "clean"
    if level >= 0.82:
        return _bytes_case(seed, draw, draft)
    name = f"a.{form}"
    content = render(draft)
    return _packed(seed, draft, kind, name, content, lambda cohort, file: judge_grid(draft, cohort, file))


def _packed(
    seed: int, draft: Draft, kind: str, name: str, content: bytes, judge: Callable[[Cohort, str], Verdict]
) -> Case:
    path, files = wrap(name, content, draft.how.pack)
    others = {n: text.encode() for n, text in draft.grid.others.items()}
    athletes = "".join(f'[[athletes]]\nathlete_id = "{i}"\n' for i in draft.grid.ids)
    toml = TOP + athletes + block_of(draft, path)
    base = f"{draft.grid.name}.{draft.how.form}"
    return Case(seed, base, kind, {**files, **others}, toml.encode(), lambda cohort: judge(cohort, path))


def wrap(name: str, content: bytes, pack: str) -> tuple[str, dict[str, bytes]]:
    """The path of a file as cohort.toml names it, and the file on disk, packed."""
    if pack == "gz":
        return f"{name}.gz", {f"{name}.gz": gzip.compress(content, mtime=0)}
    if pack.startswith("zip"):
        inner = f"in/{name}.gz" if pack == "zip.gz" else f"in/{name}"
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            content = gzip.compress(content, mtime=0) if pack == "zip.gz" else content
            archive.writestr(zipfile.ZipInfo(inner), content)
            archive.writestr(zipfile.ZipInfo("../../../outside.csv"), "id\n1\n")
        return f"export.zip/{inner}", {"export.zip": out.getvalue()}
    return name, {name: content}


def _bytes_case(seed: int, draw: Draw, draft: Draft) -> Case:
    """A grid written, then damaged in its bytes."""
    change = draw.choice(BYTES)
    _set(draft, title=0, footer=0, blank_every=0, trailing=False)
    name = f"a.{draft.how.form}"
    content = render(draft)
    if draft.how.form in ("csv", "tsv", "txt") and not draft.how.pack:
        damaged = change(content, draw)
        case = _packed(seed, draft, f"{change.__name__} text", name, damaged, _judge_text(draft, content, damaged))
        return case
    how = draft.how
    case = _packed(seed, draft, "", name, content, lambda cohort, file: _same_or_told(draft, cohort, file))
    file = next(iter(case.files))
    case.files[file] = change(case.files[file], draw)
    kind = f"{change.__name__} {'packed' if how.pack else how.form}"
    return replace(case, kind=kind)


def _same_or_told(draft: Draft, cohort: Cohort, file: str) -> Verdict:
    """Files with checksums: as it was, or told. An .xls has none: a changed number in it cannot be seen."""
    if any(p.severity != "decision" for p in cohort.problems):
        return Verdict("problem")
    if draft.how.form == "xls" and not draft.how.pack:
        return Verdict("exact", "exempt: an .xls has no checksum")
    verdict = judge_grid(draft, cohort, file)
    return verdict if verdict.outcome in ("same", "exact") else Verdict("failed", verdict.why)


def _reparsed(data: bytes, how: Writing) -> list[tuple[int, list[str]]] | None:
    """Lines and records of a damaged file by its own delimiter; None where it is no text or quotes do not match."""
    marked = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}
    mark = next((m for m in marked if data.startswith(m)), b"")
    try:
        stated = how.encoding if "encoding" in how.said else "utf-8"
        text = data[len(mark) :].decode(marked.get(mark, stated))
    except UnicodeDecodeError:
        return None
    if "\0" in text:
        return None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=how.delimiter, strict=True, skipinitialspace=True)
    found, line = [], 1
    try:
        for record in reader:
            found.append((line, [cell.strip() for cell in record]))
            line = reader.line_num + 1
    except csv.Error:
        return None
    return [(n, r) for n, r in found if any(r)]


def _judge_text(draft: Draft, content: bytes, damaged: bytes) -> Callable[[Cohort, str], Verdict]:
    before, after = _reparsed(content, draft.how), _reparsed(damaged, draft.how)

    def judge(cohort: Cohort, file: str) -> Verdict:
        told = any(p.severity != "decision" for p in cohort.problems)
        if before is None or after is None or not after or len(after[0][1]) != len(before[0][1]):
            return Verdict("problem") if told else Verdict("failed", "text that cannot be read, and no problem")
        now, wild = _aligned(draft, before, after)
        return judge_grid(now, cohort, file, wild)

    return judge


def _aligned(draft: Draft, before: list, after: list) -> tuple[Draft, list[int]]:
    """The draft as the damaged text has it, and the lines of rows of another shape."""
    now = Draft(draft.grid, draft.columns, after[0][1], [], draft.how, gone=draft.gone)
    wild: list[int] = []
    old, new = [tuple(r) for _, r in before[1:]], [tuple(r) for _, r in after[1:]]
    width = len(draft.columns)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for k in range(c, d):
            record, line = new[k], after[1 + k][0]
            source = a + k - c
            if len(record) < width or any(record[width:]):
                wild.append(line)
                continue
            if kind != "equal" and b - a != d - c:
                source = max(range(len(old)), key=lambda i: sum(map(str.__eq__, old[i], record)))
            row = [Cell(cell.clean, cell.text) for cell in draft.rows[source]]
            for p in range(width):
                if p >= len(old[source]) or record[p] != old[source][p]:
                    row[p].text = record[p]
            now.rows.append(row)
            now.lines.append(line)
    return now, wild


def _toml_case(seed: int, draw: Draw) -> Case:
    """cohort.toml itself damaged: read, refused, or told, whatever it says now."""
    draft = Draft.of(draw.choice(GRIDS))
    case = _packed(seed, draft, "toml", f"a.{draft.how.form}", render(draft), lambda _c, _f: Verdict("exact", "exempt"))
    return replace(case, toml=draw.choice(BYTES)(case.toml, draw), may_raise=True)


def _activity_case(seed: int, draw: Draw) -> Case:
    base = draw.choice(ACTIVITIES)
    content, kind, changed = base.content, "clean", base.content
    what = draw.random()
    if what < 0.35 and base.name != "fit":
        kind, changed = "rubbish xml", _xml_rubbish(content, draw)
    elif what < 0.75:
        change = draw.choice(BYTES)
        kind, changed = f"{change.__name__} {base.name}", change(content, draw)
    elif what < 0.83 and base.name != "fit":
        kind = "encode xml"
        name = draw.choice(("utf-16", "iso-8859-1", "utf-8-sig", "cp1252"))
        said = "utf-8" if name == "utf-8-sig" else "windows-1252" if name == "cp1252" else name
        changed = content.decode().replace('encoding="UTF-8"', f'encoding="{said}"').encode(name)
    pack_as = draw.choice(("", "", "gz", "zip"))
    path, files = wrap(base.file, changed, pack_as)
    if pack_as and kind == "clean":
        change = draw.choice((flip, cut, lambda data, _draw: data))
        files = {name: change(data, draw) for name, data in files.items()}
        kind = f"packed {getattr(change, '__name__', '')}".replace("<lambda>", "whole")
        changed = content
    mapped = "".join(
        f"{k} = {v}\n" for k, v in base.columns.items() if not (k == "hr_avg_bpm" and base.name == "apple")
    )
    toml = f'{TOP}\n[[file]]\npath = "{path}"\ntable = "training_sessions"\n'
    toml += f'set = {{ athlete_id = "Z-99", sport = "run" }}\n[file.columns]\n{mapped}'
    encoded = base.content if kind == "encode xml" else changed
    return Case(seed, base.name, kind, files, toml.encode(), lambda cohort: _judge_activities(base, encoded, cohort))


def _xml_rubbish(content: bytes, draw: Draw) -> bytes:
    """A number, time or unit in the document replaced."""
    text = content.decode()
    spots = [m.span(1) for m in re.finditer(r'(?:="|>)([^<>"]*\d[^<>"]*|km|min)(?=["<])', text) if m.start() > 200]
    at, end = draw.choice(spots)
    return (text[:at] + escape(draw.choice(RUBBISH), {'"': "&quot;"}) + text[end:]).encode("utf-8", "replace")


def _judge_activities(base: Activities, content: bytes, cohort: Cohort) -> Verdict:
    names = ["start_utc", "distance_km", "duration_min", "hr_avg_bpm"]
    got = [
        (start and start + "+00:00", near(km), near(minutes), near(rate))
        for start, km, minutes, rate in _got(cohort, "training_sessions", names)
    ]
    told = any(p.severity != "decision" for p in cohort.problems)
    if sorted(map(str, got)) == sorted(map(str, base.clean)):
        return Verdict("problem" if told else "same")
    if told:
        return Verdict("problem")
    said = None if base.name == "fit" else said_by(base.name, content)
    if said is not None and sorted(map(str, got)) == sorted(map(str, said)):
        return Verdict("exact")
    return Verdict("failed", f"{got} read without a problem; the file says {said}, the clean one {base.clean}")


# -- running a case ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What became of a case; `seconds` are those of the processor, as others may use it too."""

    case: Case
    verdict: Verdict
    seconds: float


class TooSlow(BaseException):
    """A case that goes on for more than twice what is allowed."""


def _stop(_signal: int, _frame: object) -> None:
    raise TooSlow


def run(case: Case, root: Path) -> Run:
    """Read the case in an empty folder `root` and judge it."""
    folder = root / "data" / "raw" / "t"
    folder.mkdir(parents=True)
    for name, content in {**case.files, "cohort.toml": case.toml}.items():
        (folder / name).write_bytes(content)
    before = _seen(root)
    begun = time.process_time()
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, 2 * LONGEST_S)
    try:
        verdict = _read_and_judge(case, folder)
    except TooSlow:
        verdict = Verdict("failed", f"still running after {2 * LONGEST_S:g} s")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = time.process_time() - begun
    if seconds > LONGEST_S:
        verdict = Verdict("failed", f"took {seconds:.1f} s")
    if _seen(root) - before - {root / "data" / ".hiprun_key"}:
        verdict = Verdict("failed", f"wrote {sorted(map(str, _seen(root) - before))}")
    return Run(case, verdict, seconds)


def _seen(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file()}


def _read_and_judge(case: Case, folder: Path) -> Verdict:
    try:
        cohort = read_cohort(folder, Study())
    except InputError as error:
        return Verdict("problem") if case.may_raise else Verdict("failed", f"raised {error}")
    except Exception:  # noqa: BLE001 - this is what is looked for
        return Verdict("failed", traceback.format_exc())
    said = "\n".join(p.text for p in cohort.problems).casefold()
    no_words = "\n".join(p.text for p in cohort.problems if p.code not in SHOWS_WORDS).casefold()
    leaked = [mail for mail in (*MAILS, "jane.doe@example.org") if mail in said]
    leaked += [name for name in NAMES if name.casefold() in no_words]
    if leaked and not case.may_raise:
        return Verdict("failed", f"said of a person: {leaked[0]}: {said}")
    for name, table in cohort.tables.items():
        if list(table) != [c.name for c in RAW_TABLES[name].columns]:
            return Verdict("failed", f"{name} has other columns than declared")
    return case.judge(cohort)


def run_seed(seed: int) -> Run:
    """Make, read and judge the case of a seed."""
    with tempfile.TemporaryDirectory(prefix="hiprun_fuzz_") as folder:
        return run(make(seed), Path(folder))


def main(seed: int) -> None:
    """Print the case of a seed, its problems and its verdict; its files stay in a folder to look at."""
    case = make(seed)
    root = Path(tempfile.mkdtemp(prefix=f"hiprun_fuzz_{seed}_"))
    done = run(case, root)
    said = [f"seed {seed}: {case.base}, {case.kind}; files in {root}", case.toml.decode(errors="replace")]
    said += [f"--- {name}\n{content[:3000]!r}" for name, content in case.files.items()]
    if "Traceback" not in done.verdict.why:
        cohort = read_cohort(root / "data" / "raw" / "t", Study())
        said += [f"{p.severity} {p.text[:300]}" for p in cohort.problems]
    said.append(f"{done.verdict.outcome} in {done.seconds:.2f} s: {done.verdict.why[:3000]}")
    sys.stdout.write("\n".join(said) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
