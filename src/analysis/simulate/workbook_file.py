"""XLSX files that are the same to the byte whenever and wherever they are written."""

import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import openpyxl

from analysis.study import write_atomically

FIXED = dt.datetime(2026, 7, 10, 12, 0, 0)
_STAMPS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def write_workbook(path: Path, workbook: openpyxl.Workbook) -> None:
    """Save `workbook` with fixed dates inside and without compression (its result differs between zlib builds)."""
    draft = io.BytesIO()
    workbook.save(draft)
    stamp = FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with write_atomically(path) as beside, zipfile.ZipFile(draft) as old, zipfile.ZipFile(beside, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _STAMPS.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            entry = zipfile.ZipInfo(name, date_time=FIXED.timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            new.writestr(entry, content, compress_type=zipfile.ZIP_STORED)
