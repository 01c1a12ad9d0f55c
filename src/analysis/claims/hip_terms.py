"""Hip scores as the models know them: split into that of the runner's first test and the change from it.

A score that is measured with error moves from test to test though the hip did not. A model with runners' own levels
takes such moves for changes of the runner, finds that nothing comes of them, and gives back a part of the effect only:
in simulated cohorts with the errors that tests have, an eighth to three quarters of it. A mean to date moves too, as
tests are added to it, and came back at 13 to 45 % for speed (`docs/recovery.md`). So what is read does not move at all:
it compares runners by their first test, and the change since is adjusted for (Mundlak 1978, Econometrica 46:69; Bell
and Jones 2015, Political Science Research and Methods 3:133).
"""

from analysis.hip.ratios import RATIOS
from analysis.panel.regions import REMOTE_REGIONS

PER_SD = (
    "rom_six_motions", "rom_flexion_extension", "force", "endurance", "full_range", "centring", "control_step_down",
    "control_step_up", "control_hip_hinge", "hip_deficit",
)  # fmt: skip
"""Scores that are read per SD between the runners of the cohort."""
SCORES = (*PER_SD, *(f"{ratio}_tenths" for ratio in RATIOS), "capacity_imbalance")
OF_DEFICIT = ("named_side_deficit", "other_side_deficit", *(f"deficit_{region}" for region in REMOTE_REGIONS))
"""Terms made of the hip deficit."""


def change_of(column: str) -> str | None:
    """The column that holds the change of a score from the first one; None for what is no score."""
    if column in OF_DEFICIT:
        return "hip_deficit_change"
    return f"{column}_change" if column in SCORES else None
