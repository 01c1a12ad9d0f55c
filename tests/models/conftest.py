"""The reference data of the mixed-model tests."""

import json
from pathlib import Path

import pandas as pd
import pytest

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
FITS = json.loads((REFERENCE / "athlete_weeks_1k.fits.json").read_text(encoding="utf-8"))["fits"]


@pytest.fixture(scope="session")
def weeks() -> pd.DataFrame:
    """1000 simulated athlete-weeks: 50 athletes, 4 clinics (tests/reference/README.md)."""
    return pd.read_csv(REFERENCE / "athlete_weeks_1k.csv")


@pytest.fixture(scope="session")
def sleepstudy() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "sleepstudy.csv", dtype={"Subject": str})


@pytest.fixture(scope="session")
def cbpp() -> pd.DataFrame:
    """One row per animal and period: 1 if it fell ill (the published table holds counts per herd)."""
    table = pd.read_csv(REFERENCE / "cbpp.csv", dtype={"herd": str, "period": str})
    rows = table.loc[table.index.repeat(table["size"].astype(int))]
    nth = rows.groupby(level=0).cumcount()
    return rows.assign(ill=(nth < rows["incidence"]).astype(int)).reset_index(drop=True)
