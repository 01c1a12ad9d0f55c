"""The allowed words of the categorical columns, each set named once.

Sides, modes of onset and problem types follow the IOC consensus (Bahr et al. 2020, BJSM 54:372);
motions, positions and qualities follow the hip chapter of `docs/methods.md`.
"""

SEXES = ("female", "male", "other")
SIDES = ("left", "right")
REPORT_SIDES = ("left", "right", "both", "unspecified")

SPORTS = (
    "run", "trail_run", "treadmill_run", "walk", "hike", "bike", "swim", "row", "ski",
    "strength", "mobility", "team_sport", "other",
)  # fmt: skip
RUNNING_SPORTS = ("run", "trail_run", "treadmill_run")
SURFACES = ("road", "track", "trail", "treadmill", "mixed")
RPE_SCALES = ("cr10", "borg6_20", "strava1_10")

HIP_WORK_CATEGORIES = ("mobility", "stability")

MOTIONS = (
    "flexion", "extension", "abduction", "adduction", "internal_rotation", "external_rotation",
)  # fmt: skip
QUALITIES = (
    "strength_isometric", "strength_eccentric", "endurance", "end_range_strength",
    "control", "rom_active", "rom_passive", "balance",
)  # fmt: skip
POSITIONS = ("supine", "prone", "side_lying", "seated", "standing", "thomas_test", "ober_test")

REGIONS = (
    "hip_groin", "low_back", "pelvis", "thigh", "hamstring", "lateral_thigh", "knee",
    "lower_leg", "ankle_foot", "shoulder", "other", "any",
)  # fmt: skip
PROBLEM_TYPES = ("injury", "illness")
ONSET_MODES = ("sudden", "gradual", "mixed")
INJURY_DEFINITIONS = ("any_complaint", "medical_attention", "time_loss")
SUBSEQUENT = ("index", "reinjury", "exacerbation", "new_local", "new_other")
STREAMS = ("training", "weekly_report", "injury", "hip_assessment", "hip_work")
VOLUME_BANDS_KM = ("0-15", "16-25", "26-35", "36-45", ">45")
