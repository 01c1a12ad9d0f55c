"""A [[file]] block in the making."""

from dataclasses import dataclass, field

from analysis.sources.peek.answers import QUESTIONS, Told
from analysis.sources.peek.look import Look
from analysis.sources.peek.profile import Profile
from analysis.sources.peek.view import Conclusion
from analysis.sources.peek.wide import Wide
from analysis.tables import Table

FROM_FOLDER = "(?P<athlete_id>[^/]+)/.*"
_PAYLOAD = {
    "athletes": (
        "sex", "age_y", "height_cm", "body_mass_kg", "dominant_leg", "experience_y", "weekly_volume_band_km",
        "previous_injury",
    ),
    "hip_work": ("exercise",),
    "weekly_reports": ("pain_nrs", *QUESTIONS),
    "injuries": ("onset_date",),
    "hip_assessments": ("force_n", "torque_nm", "angle_deg", "time_s", "repetitions", "score"),
    "training_sessions": ("duration_min", "distance_km"),
}  # fmt: skip
"""Columns of which a row of the table has at least one."""


@dataclass
class Draft:
    """What a block will say. `found`: column of the table -> column of the file. `wide` headers are unpivoted (their
    columns: `wide_of`) into the table's column `value`, whose unit `value_words` may tell. `where`: header -> cells of
    rows that count. `constants`: column -> value and why. `told`: position -> what was concluded about a column.
    """

    table: Table
    path: str
    look: Look
    found: dict[str, Profile]
    wide: Wide | None = None
    wide_of: list[Profile] = field(default_factory=list)
    where: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, Told] = field(default_factory=dict)
    value: str = ""
    value_words: str = ""
    folder_is_athlete: bool = False
    why: str = ""
    told: dict[int, list[Conclusion]] = field(default_factory=dict)

    def tell(self, profile: Profile, conclusion: Conclusion) -> None:
        """Keep a conclusion about a column."""
        self.told.setdefault(profile.position, []).append(conclusion)


def payload(draft: Draft) -> list[Profile]:
    """The columns of the file of which a row of the table has at least one."""
    return [draft.found[c] for c in _PAYLOAD.get(draft.table.name, ()) if c in draft.found]
