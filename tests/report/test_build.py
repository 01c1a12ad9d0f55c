"""The whole report of a made-up run: what leaves, what stays, and that it is the same each time."""

import base64
import csv
import itertools
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.report import Stage, build_report
from analysis.report.gate import safe_estimates, write_share
from analysis.report.pdf import displayable
from analysis.study import Study

from .fake_run import ATHLETE, FORMULA_ATTACK, HTML_ATTACK, INFO, TYPST_ATTACK, estimates, write_run

NEEDED = {k: INFO[k] for k in ("cohort", "run_id", "created", "version")}


class Page(HTMLParser):
    """The elements, the attributes that point somewhere, and the visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of one tag."""
        return [a for t, a in self.elements if t == tag]


@pytest.fixture(scope="session")
def page(share: Path) -> Page:
    """report.html, parsed."""
    return Page((share / "report.html").read_text(encoding="utf-8"))


def table(share: Path, name: str) -> list[dict[str, str]]:
    """A shared table."""
    with (share / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_page_points_nowhere_outside_and_runs_nothing(share: Path, page: Page) -> None:
    html = (share / "report.html").read_text(encoding="utf-8")
    assert "http:" not in html and "https:" not in html and "url(" not in html and "@import" not in html
    assert not {"script", "link", "iframe", "object", "embed", "form"} & {tag for tag, _ in page.elements}
    places = [v for _, a in page.elements for k, v in a.items() if k in ("src", "href")]
    assert all(p.startswith(("data:image/", "#")) for p in places)
    ids = {a["id"] for _, a in page.elements if "id" in a}
    assert {p[1:] for p in places if p.startswith("#")} <= ids


def test_text_from_data_is_shown_as_text(page: Page) -> None:
    assert HTML_ATTACK in page.text
    assert TYPST_ATTACK in page.text
    assert not [a for _, a in page.elements if any(k.startswith("on") for k in a)]


def test_the_page_can_be_read_without_seeing_it(page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    levels = [int(t[1]) for t, _ in page.elements if re.fullmatch(r"h\d", t)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert all(a.get("scope") in ("col", "row") for a in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) == 5
    assert len(page.all("img")) == 3
    assert all(len(a["alt"]) >= 20 for a in page.all("img"))
    assert ("a", {"class": "skip", "href": "#summary"}) in page.elements


def test_a_picture_in_the_page_is_the_one_that_was_saved(run_dir: Path, page: Page) -> None:
    encoded = page.all("img")[0]["src"].removeprefix("data:image/svg+xml;base64,")
    saved = run_dir / "internal/results/figures/03_cohort_weekly_km.svg"
    assert base64.b64decode(encoded) == saved.read_bytes()


def test_what_cannot_be_done_is_said_and_a_failure_keeps_its_message_inside(page: Page) -> None:
    for said in ("no observation_windows", "no hip_assessments and no athletes", "did not finish"):
        assert said in page.text
    assert "3 parts could not be done" in page.text
    assert "answers twice" not in page.text


def test_the_sections_stand_in_the_order_of_the_stages(page: Page) -> None:
    ids = [a["id"] for t, a in page.elements if t == "section"]
    assert ids == ["summary", "03_cohort", "04_pain", "05_injury", "not-done", "quality", "methods"]


def test_small_counts_leave_as_marks_with_what_derives_from_them(share: Path) -> None:
    rows = table(share, "03_cohort_who")
    assert [r["n"] for r in rows] == ["31", "≥5", "<5", "≥5", "30", "<5"]
    assert [r["mean_age"] for r in rows] == ["34.21", *["withheld"] * 3, "36.95", "withheld"]
    cases = [r["n_cases"] for r in table(share, "05_injury_regions")]
    assert cases == ["14", "12", "9", "7", "<5", "<5"]


def test_a_withheld_number_is_in_no_file_that_leaves(share: Path) -> None:
    texts = [p.read_text(encoding="utf-8") for p in share.rglob("*") if p.suffix in (".html", ".json", ".csv")]
    for secret in ("29.03", "29.0<", "38.4", "41.7", "3 runners had pain", "Three runners"):
        assert not [t for t in texts if secret in t], secret


def test_no_athlete_leaves(share: Path) -> None:
    for path in share.rglob("*"):
        assert ATHLETE not in path.name
        if path.is_file():
            assert ATHLETE.encode() not in path.read_bytes()
            assert b"meier" not in path.read_bytes()
    assert not list(share.glob("tables/*rows*")) and not list(share.glob("figures/*small*"))


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(share: Path) -> None:
    rows = table(share, "03_cohort_who")
    assert rows[-1]["group"] == f"'{FORMULA_ATTACK}"
    assert rows[4]["group"] == f"South {HTML_ATTACK}"
    assert table(share, "04_pain_effects")[0]["estimate"] == "-0.213456789"
    assert table(share, "04_pain_effects")[0]["term"] == "'+30 min/week of mobility work"


def test_results_hold_every_estimate_with_its_standing(share: Path) -> None:
    results = json.loads((share / "results.json").read_text(encoding="utf-8"))
    first, _, unsettled, small = results["estimates"]
    assert first | {"withheld": ""} == first
    assert (first["stage"], first["model"], first["term"]) == ("04_pain", "pain", "mobility_within")
    assert (first["estimate"], first["n_obs"], first["n_athletes"], first["scale"]) == (
        -0.213456789,
        1402,
        60,
        "difference",
    )
    assert unsettled["estimate"] is None and unsettled["converged"] is False and unsettled["n_obs"] == 1402
    assert unsettled["withheld"] == "the model did not settle"
    assert small["withheld"] == "fewer than 5 runners or cases"
    assert [k for k, v in small.items() if isinstance(v, (int, float)) and not isinstance(v, bool)] == []
    assert [t["name"] for t in results["tables"]] == ["who", "effects", "regions"]
    assert results["tables"][2]["rows"][4]["n_cases"] == "<5"


def test_an_estimate_on_an_unknown_number_of_runners_or_few_cases_is_withheld() -> None:
    rows = pd.concat([estimates(n_athletes=None, n_cases=30), estimates(n_cases=4), estimates(n_cases=30)])
    safe = safe_estimates(rows.reset_index(drop=True), 5)
    assert safe["withheld"].tolist() == ["the number of runners is unknown", "fewer than 5 runners or cases", ""]
    assert safe["estimate"].notna().tolist() == [False, False, True]


def test_rows_left_out_are_counted_by_reason_without_file_names(page: Page) -> None:
    text = " ".join(page.text.split())
    assert "training sessions 6084 5841 243" in text
    assert "training sessions not a run or walk 243" in text
    assert "injuries withheld 48 withheld" in text
    assert "injuries before the observed weeks withheld" in text


def test_the_report_is_byte_identical_when_built_twice(tmp_path: Path, share: Path) -> None:
    write_run(tmp_path)
    build_report(tmp_path, INFO, Study())
    build_report(tmp_path, INFO, Study())
    files = sorted(p.relative_to(share) for p in share.rglob("*") if p.is_file())
    again = tmp_path / "share"
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    assert {"report.html", "report.pdf", "results.json"} <= {str(f) for f in files}
    assert [f for f in files if (share / f).read_bytes() != (again / f).read_bytes()] == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["internal", "share"]


def test_the_pdf_is_tagged_titled_and_runs_nothing_from_data(share: Path) -> None:
    """Were the hostile caption run, typst would stop: it reads outside the folder and refers to no label."""
    pdf = (share / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in pdf and b"pdfuaid:part" in pdf
    assert b"/Lang" in pdf


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is absent: the text of the PDF not read")
def test_the_pdf_says_what_the_page_says(share: Path) -> None:
    done = subprocess.run(["pdftotext", "-layout", share / "report.pdf", "-"], capture_output=True, check=True)
    text = " ".join(done.stdout.decode("utf-8").split())
    for said in (TYPST_ATTACK, HTML_ATTACK, "Page 1 of", "0.21 points lower weekly hip pain", "no hip_assessments"):
        assert said in text
    assert "root:" not in text and ATHLETE not in text and "29.0" not in text


def test_a_character_without_a_font_is_shown_as_a_box() -> None:
    assert displayable("Zoë Łódź ≥5 Ж\n日本") == "Zoë Łódź ≥5 Ж\n□□"


def test_a_cohort_named_in_any_script_gets_a_report(tmp_path: Path) -> None:
    paths = build_report(tmp_path, NEEDED | {"cohort": "日本 🏃 <b>"}, Study())
    assert "日本 🏃 &lt;b&gt;" in paths["html"].read_text(encoding="utf-8")
    assert paths["pdf"].stat().st_size > 1000


def test_a_run_without_any_stage_still_gets_a_report_that_says_so(tmp_path: Path) -> None:
    info = NEEDED | {"stages": [{"name": "04_pain", "state": "cannot", "reason": "no weekly_reports"}]}
    paths = build_report(tmp_path, info, Study())
    text = Page(paths["html"].read_text(encoding="utf-8")).text
    assert "No findings could be drawn from these data." in text
    assert "cannot be done: no weekly_reports" in text
    assert json.loads(paths["results"].read_text(encoding="utf-8"))["estimates"] == []


def test_a_cohort_below_the_threshold_has_its_size_withheld(tmp_path: Path) -> None:
    paths = build_report(tmp_path, NEEDED | {"n_athletes": 3, "tables": {"athletes": 3}}, Study())
    text = " ".join(Page(paths["html"].read_text(encoding="utf-8")).text.split())
    assert "Runners<5" in text
    assert "athletes withheld <5" in text


def test_the_threshold_of_the_study_is_the_one_used(tmp_path: Path) -> None:
    write_run(tmp_path)
    build_report(tmp_path, INFO, Study(disclosure_threshold=10))
    assert [r["n_cases"] for r in table(tmp_path / "share", "05_injury_regions")] == ["14", "12", *["<10"] * 4]


def test_limits_do_not_show_when_only_they_are_withheld(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "05_injury")
    frame = pd.DataFrame({"g": ["a", "b"], "n": [3, 4], "rate": [1.0, 2.0], "ci_low": [0.123, 1], "ci_high": [4.0, 5]})
    stage.table("t", frame, "T.", suppress_with=["ci_low", "ci_high"])
    stage.save()
    html = build_report(tmp_path, NEEDED, Study())["html"].read_text(encoding="utf-8")
    assert "0.12" not in html


def test_a_run_that_lacks_its_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HiprunError, match="run_id"):
        build_report(tmp_path, {k: v for k, v in NEEDED.items() if k != "run_id"}, Study())


def test_a_lost_figure_is_named_and_the_old_share_stays(tmp_path: Path) -> None:
    write_run(tmp_path)
    build_report(tmp_path, INFO, Study())
    before = (tmp_path / "share/report.html").read_bytes()
    (tmp_path / "internal/results/figures/04_pain_effects.svg").unlink()
    with pytest.raises(HiprunError, match=r"04_pain_effects\.svg"):
        build_report(tmp_path, INFO, Study())
    assert (tmp_path / "share/report.html").read_bytes() == before


def test_a_new_share_replaces_the_old_one_whole_and_clears_what_a_killed_build_left(tmp_path: Path) -> None:
    write_share(tmp_path, {"old.txt": b"1", "tables/a.csv": b"2"})
    (tmp_path / ".share.new.killed").mkdir()
    write_share(tmp_path, {"new.txt": b"3"})
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")) == ["share", "share/new.txt"]


def test_internal_says_that_it_is_not_for_handing_out(run_dir: Path) -> None:
    assert "do not hand it out" in (run_dir / "internal/README.txt").read_text(encoding="utf-8")


def test_a_figure_too_large_for_a_page_goes_in_as_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(tmp_path)
    monkeypatch.setattr("analysis.report.content.LARGEST_SVG", 100)
    html = build_report(tmp_path, INFO, Study())["html"].read_text(encoding="utf-8")
    assert html.count("data:image/png;base64,") == 3


@pytest.fixture(scope="module")
def with_appendix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with one table in the text and two long ones in the appendix, one of them too wide for a page."""
    run_dir = tmp_path_factory.mktemp("appendix")
    stage = Stage(run_dir, "03_cohort")
    wide = pd.DataFrame({f"measure_{i}": [f"a long text of cell {i}"] * 30 for i in range(9)})
    stage.table("by_device", wide, "Every device apart.", appendix=True)
    stage.table("in_use", pd.DataFrame({"test": ["abduction"], "n": [12]}), "What is used.")
    stage.table("few", pd.DataFrame({"group": ["a", "b"], "n": [3, 40]}), "With a small count.", appendix=True)
    stage.save()
    build_report(run_dir, NEEDED, Study())
    return run_dir / "share"


def test_a_table_of_the_appendix_stands_at_the_end_and_is_pointed_to_where_it_was_made(with_appendix: Path) -> None:
    page = Page((with_appendix / "report.html").read_text(encoding="utf-8"))
    captions = [t for t in ("Table 1.", "Table A1.", "Table A2.") if t in page.text]
    assert captions == ["Table 1.", "Table A1.", "Table A2."]
    order = [
        "Table A1, at the end: Every device apart.",
        "Table 1.",
        "How the numbers were made",
        "Table A1.",
        "Table A2.",
    ]
    places = [page.text.rindex(words) for words in order]
    assert places == sorted(places)
    assert {"#appendix"} <= {a.get("href") for a in page.all("a")}
    assert [a.get("id") for a in page.all("section")][-1] == "appendix"


def test_a_table_of_the_appendix_passes_the_gate_and_is_in_the_folder_of_tables(with_appendix: Path) -> None:
    assert [row["n"] for row in table(with_appendix, "03_cohort_few")] == ["<5", "≥5"]
    assert len(table(with_appendix, "03_cohort_by_device")) == 30


def test_the_pdf_has_the_appendix_under_its_own_heading(with_appendix: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is absent")
    words = subprocess.run(["pdftotext", with_appendix / "report.pdf", "-"], capture_output=True, text=True, check=True)
    pages = words.stdout.split("\f")
    first = next(i for i, text in enumerate(pages) if "Further tables" in text)
    assert "Table A1." in pages[first]
    assert not any("Table A1." in text for text in pages[:first])


def test_a_report_without_an_appendix_does_not_speak_of_one(page: Page) -> None:
    assert "Further tables" not in page.text


@pytest.fixture(scope="module")
def with_figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with a figure in the text, two in the appendix, and one there that rests on too few."""
    run_dir = tmp_path_factory.mktemp("figures")
    stage = Stage(run_dir, "06_claims")
    for name, appendix, counts in (("a", False, ()), ("b", True, (40,)), ("c", True, (3,)), ("d", True, ())):
        _, ax = plt.subplots()
        said = f"Caption of {name}."
        stage.figure(name, ax, said, "A figure without any line in it.", counts=counts, appendix=appendix)
    wide = pd.DataFrame({f"measure_{i}": [f"a long text of cell {i}"] * 3 for i in range(9)})
    stage.table("wide", wide, "A wide table.", appendix=True)
    stage.save()
    build_report(run_dir, NEEDED, Study())
    return run_dir / "share"


def test_figures_of_the_appendix_stand_at_the_end_with_numbers_of_their_own_and_one_pointer(with_figures: Path) -> None:
    page = Page((with_figures / "report.html").read_text(encoding="utf-8"))
    order = [
        "Caption of a.",
        "At the end: Figures A1 to A2.",
        "How the numbers were made",
        "Caption of b.",
        "Caption of d.",
    ]
    places = [page.text.rindex(words) for words in order]
    assert places == sorted(places)
    assert "Figure 1." in page.text and "Figure A2." in page.text and "Further tables and figures" in page.text
    assert "Caption of c." not in page.text  # rests on 3 runners


def test_figures_of_the_appendix_are_on_upright_pages_of_the_pdf_beside_a_wide_table(with_figures: Path) -> None:
    if shutil.which("pdfinfo") is None or shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is absent")
    path = with_figures / "report.pdf"
    pages = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout.split("\f")
    place = 1 + next(i for i, text in enumerate(pages) if "Further figures" in text)
    size = subprocess.run(
        ["pdfinfo", "-f", str(place), "-l", str(place), path], capture_output=True, text=True, check=True
    ).stdout
    width, height = re.search(r"size: +([\d.]+) x ([\d.]+)", size).groups()
    assert float(width) < float(height)
