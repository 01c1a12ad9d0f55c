"""The report as plain values, once, for HTML and PDF alike: header, summary, sections, what is missing, methods."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import HiprunError
from analysis.report.format import day, number
from analysis.report.gate import SafeStage, SafeTable, Withheld, safe_count
from analysis.report.items import Cannot, Figure, Sentence
from analysis.report.labels import title as title_of
from analysis.report.quality import quality, quality_tables
from analysis.report.shown import APPENDIX, APPENDIX_FIGURE, Numbers, ShownTable, show_table
from analysis.report.text import how_to_read, method_notes
from analysis.study import Study

NEEDED = ("cohort", "run_id", "created", "version")
FIRST_FINDING = "03"
CANNOT = "cannot be done: "
LARGEST_SVG = 1_500_000
MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True)
class ShownFigure:
    """A figure as shown, `width_mm` as it was drawn; `path` is the SVG, or the PNG where the SVG is too large."""

    label: str
    caption: str
    alt: str
    path: Path
    width_mm: float
    kind: str = "figure"


@dataclass(frozen=True)
class ShownText:
    """A paragraph: kind "sentence", "withheld" or "pointer" (to what stands in the appendix)."""

    text: str
    kind: str = "sentence"


Block = ShownTable | ShownFigure | ShownText


@dataclass(frozen=True)
class Section:
    """One stage in the report; the tables and figures of `appendix` stand at the end of it."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    appendix: tuple[ShownTable | ShownFigure, ...] = ()


@dataclass(frozen=True)
class Content:
    """Everything both reports show, as text."""

    title: str
    cohort: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    not_done: tuple[tuple[str, str], ...]
    quality: tuple[str, ...]
    quality_tables: tuple[ShownTable, ...]
    methods: tuple[tuple[str, str], ...]
    how_to_read: tuple[tuple[str, str], ...]
    appendix: tuple[ShownTable | ShownFigure, ...]
    footer: str


def compose(stages: list[SafeStage], info: Mapping[str, Any], study: Study, figures: Path) -> Content:
    """The content of the report from released stages and `info` (see `build_report`); `figures` holds the files.

    Raises `HiprunError` if `info` lacks the cohort, run_id, created or version.
    """
    lacking = [n for n in NEEDED if not info.get(n)]
    if lacking:
        raise HiprunError(f"report: the run says no {', '.join(lacking)}; expected {', '.join(NEEDED)}.")
    numbers = Numbers()
    sections = tuple(
        _section(s, numbers, figures, study.confidence_level) for s in _in_reading_order(stages) if s.items
    )
    return Content(
        title=f"Hip health in runners: {info['cohort']}",
        cohort=str(info["cohort"]),
        subtitle="Cohort report on hip work, pain and injuries",
        facts=_facts(info, study.disclosure_threshold),
        summary=_summary(stages),
        sections=tuple(s for s in sections if s.blocks),
        not_done=_not_done(stages, info),
        quality=quality(info),
        quality_tables=quality_tables(info, study.disclosure_threshold, numbers),
        methods=method_notes(study),
        how_to_read=how_to_read(study),
        appendix=tuple(block for s in sections for block in s.appendix),
        footer=f"hiprun {info['version']} · run {info['run_id']} · {day(info['created'])}",
    )


def _in_reading_order(stages: list[SafeStage]) -> list[SafeStage]:
    """The findings first; how the data were received and prepared after them."""
    return sorted(stages, key=lambda s: (s.name < FIRST_FINDING, s.name))


def _summary(stages: list[SafeStage]) -> tuple[str, ...]:
    """The headlines; where no stage marked one, the first reading of each stage that has findings."""
    said = [[i for i in s.items if isinstance(i, Sentence)] for s in _in_reading_order(stages)]
    headlines = [i.text for items in said for i in items if i.headline]
    return tuple(headlines or [items[0].text for items in said if items])


def _facts(info: Mapping[str, Any], threshold: int) -> tuple[tuple[str, str], ...]:
    facts = []
    if info.get("n_athletes") is not None:
        facts.append(("Runners", str(safe_count(int(info["n_athletes"]), threshold))))
    if info.get("weeks"):
        facts.append(("Weeks", number(int(info["weeks"]))))
    if info.get("start") and info.get("weeks"):
        last = pd.Timestamp(info["start"]) + pd.Timedelta(days=7 * int(info["weeks"]) - 1)
        facts.append(("Period", f"{day(info['start'])} to {day(last)}"))
    elif info.get("start"):
        facts.append(("From", day(info["start"])))
    facts += [("Report made", day(info["created"])), ("Run", str(info["run_id"]))]
    return (*facts, ("Software", f"hiprun {info['version']}"))


def _section(stage: SafeStage, numbers: Numbers, figures: Path, level: float) -> Section:
    blocks: list[Block] = []
    appendix: list[ShownTable | ShownFigure] = []
    for item in stage.items:
        if isinstance(item, SafeTable) and item.appendix:
            appendix.append(show_table(item, numbers.next(APPENDIX), level))
            blocks.append(ShownText(f"{appendix[-1].label}, at the end: {item.caption}", "pointer"))
        elif isinstance(item, SafeTable):
            blocks.append(show_table(item, numbers.next("Table"), level))
        elif isinstance(item, Figure) and item.appendix:
            appendix.append(_shown_figure(item, numbers.next(APPENDIX_FIGURE), figures))
        elif isinstance(item, Figure):
            blocks.append(_shown_figure(item, numbers.next("Figure"), figures))
        elif isinstance(item, Sentence):
            blocks.append(ShownText(item.text))
        elif isinstance(item, Withheld):
            blocks.append(ShownText(item.what, "withheld"))
    pointer = _pointer([block.label for block in appendix if isinstance(block, ShownFigure)])
    return Section(stage.name, stage.title, (*blocks, *pointer), tuple(appendix))


def _pointer(labels: list[str]) -> tuple[ShownText, ...]:
    """One line that says which figures of a stage stand at the end."""
    if not labels:
        return ()
    named = labels[0] if len(labels) == 1 else f"{labels[0].replace('Figure', 'Figures')} to {labels[-1].split()[-1]}"
    return (ShownText(f"At the end: {named}.", "pointer"),)


def _shown_figure(figure: Figure, label: str, folder: Path) -> ShownFigure:
    path = _picture(figure, folder)
    return ShownFigure(label, figure.caption, figure.alt, path, _width_mm(folder / figure.svg))


def _picture(figure: Figure, folder: Path) -> Path:
    for file in (figure.svg, figure.png):
        if not (folder / file).is_file():
            raise HiprunError(f"{folder / file}: the figure is absent. Fix: run its stage again.")
    svg = folder / figure.svg
    return svg if svg.stat().st_size <= LARGEST_SVG else folder / figure.png


def _width_mm(svg: Path) -> float:
    """The width a figure was drawn at; matplotlib states it in points at the head of the file."""
    with svg.open(encoding="utf-8") as file:
        found = re.search(r'<svg\b[^>]*?\bwidth="([\d.]+)pt"', file.read(4000))
    if not found:
        raise HiprunError(f"{svg}: states no width in points. Fix: run its stage again.")
    return float(found.group(1)) * MM_PER_POINT


def _not_done(stages: list[SafeStage], info: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What the report lacks: parts of stages, whole stages, stages that failed (their message stays internal)."""
    lines = []
    titles = {s.name: s.title for s in stages}
    for stage in info.get("stages", ()):
        name = titles.get(stage["name"]) or title_of(stage["name"])
        if stage["state"] == "cannot":
            reason = str(stage.get("reason") or "no data for it").removeprefix(CANNOT)
            lines.append((name, CANNOT + reason))
        elif stage["state"] == "failed":
            lines.append((name, "did not finish; the cause is recorded with the run"))
    for s in stages:
        missing = [i for i in s.items if isinstance(i, Cannot)]
        lines += [(s.title if i.section == s.name else title_of(i.section), CANNOT + i.reason) for i in missing]
    return tuple(dict.fromkeys(lines))
