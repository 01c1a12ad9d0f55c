"""However a clean table is written, the same numbers and days are read."""

import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.conftest import SESSIONS, Raw

ROWS = st.lists(
    st.tuples(
        st.dates(dt.date(2020, 1, 1), dt.date(2029, 12, 31)),
        st.integers(0, 400_000).map(lambda metres: metres / 1000),
        st.integers(0, 20_000),
    ),
    min_size=1,
    max_size=12,
)
DATES = {"iso": "%Y-%m-%d", "day_first": "%d.%m.%Y", "month_first": "%m/%d/%Y"}


def _number(value: float, decimals: int, decimal: str, thousands: str) -> str:
    text = f"{value:,.{decimals}f}".replace(",", "T").replace(".", "D")
    return text.replace("T", thousands).replace("D", decimal)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=ROWS,
    decimal=st.sampled_from(".,"),
    grouped=st.booleans(),
    delimiter=st.sampled_from(";\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    order=st.sampled_from(sorted(DATES)),
    stated=st.booleans(),
)
def test_numbers_and_days_survive_every_way_of_writing_them(
    rows, decimal, grouped, delimiter, encoding, line_end, order, stated
):
    thousands = {".": ",", ",": "."}[decimal] if grouped else ""
    lines = [delimiter.join(["id", "date", "Länge", "Höhe"])]
    for day, km, up in [*rows, (dt.date(2030, 1, 31), 0.5, 7)]:  # this row proves order and decimal mark
        lines.append(
            delimiter.join(
                [
                    "Ö1",
                    day.strftime(DATES[order]),
                    _number(km, 4, decimal, thousands),
                    _number(up, 0, decimal, thousands),
                ]
            )
        )
    mapping = SESSIONS.replace('"km"', '"Länge"') + 'ascent_m = "Höhe"\n'
    options = 'encoding = "cp1252"\n' if encoding == "cp1252" else ""
    options += f'decimal = "{decimal}"\ndates = "{order}"\n' if stated else ""
    with tempfile.TemporaryDirectory() as folder:
        raw = Raw(Path(folder) / "data" / "raw" / "t")
        raw.write("log.csv", (line_end.join(lines) + line_end).encode(encoding))
        cohort = raw.read(mapping.replace("set = ", options + "set = "))
    assert cohort.errors == ()
    table = cohort.tables["training_sessions"]
    assert table["distance_km"].tolist()[:-1] == [km for _, km, _ in rows]
    assert table["ascent_m"].tolist()[:-1] == [up for *_, up in rows]
    assert [d.date() for d in table["date"]][:-1] == [day for day, *_ in rows]


TEXT = st.text(alphabet=st.sampled_from(list('ab01259,;."\t\n\r -/:Öµ\x00\u202f%')), max_size=120)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.one_of(st.binary(max_size=80), TEXT.map(lambda t: ("id,date,km\n" + t).encode("utf-8"))))
def test_no_file_whatever_it_holds_raises_and_what_is_kept_fits_its_table(content):
    with tempfile.TemporaryDirectory() as folder:
        raw = Raw(Path(folder) / "data" / "raw" / "t")
        for name in ("log.csv", "book.xlsx"):
            raw.write(name, content)
        cohort = raw.read(SESSIONS + SESSIONS.replace("log.csv", "book.xlsx"))
    assert any(p.file == "book.xlsx" for p in cohort.errors)
    assert all(p.found and p.expected and p.fix for p in cohort.problems)
