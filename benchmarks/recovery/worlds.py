"""The worlds: their TOML files, what they judge (judged.toml), and true values found by simulation (endless.csv)."""

import hashlib
import tomllib
from pathlib import Path

import pandas as pd

import analysis
from analysis.claims.known_truth.recovery import World
from analysis.simulate import read_truth
from analysis.simulate.within_truth import WithinTruth

HERE = Path(__file__).parent
ENDLESS = HERE / "endless.csv"
ROOMS = ("tables", "hip", "surveillance", "simulate", "panel", "models", "claims")
"""The rooms whose code makes the numbers, and the modules beside them."""


def worlds() -> dict[str, World]:
    """Every world by name, in the order of judged.toml."""
    judged = tomllib.loads((HERE / "judged.toml").read_text(encoding="utf-8"))
    found = {}
    for name, own in judged.items():
        truth = read_truth(HERE / "worlds" / f"{name}.toml")
        found[name] = World(name, truth, tuple(own["claims"]), _endless(name))
    return found


def _endless(world: str) -> dict[str, WithinTruth]:
    if not ENDLESS.exists():
        return {}
    table = pd.read_csv(ENDLESS)
    own = table[table["world"] == world]
    return {row.term: WithinTruth(row.value, row.mc_error) for row in own.itertuples()}


def digest(world: World) -> str:
    """A short name of what the rows of a world come from: its truth, what it judges, and the code."""
    made_of = hashlib.sha256(repr((world.truth, world.claims, sorted(world.endless.items()))).encode())
    source = Path(analysis.__file__).parent
    for path in sorted([*source.glob("*.py"), *(p for room in ROOMS for p in (source / room).rglob("*"))]):
        if path.suffix in (".py", ".csv", ".toml"):
            made_of.update(path.relative_to(source).as_posix().encode() + path.read_bytes())
    return made_of.hexdigest()[:12]
