"""The allowed words of the categorical columns, each set named once.

Sides, modes of onset and problem types follow the IOC consensus (Bahr et al. 2020, BJSM 54:372);
motions, positions and qualities follow the hip chapter of `docs/methods.md`. Tissues are those of the consensus.
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
RELATIONS_TO_RUN = ("before_run", "after_run", "separate")

MOTIONS = (
    "flexion", "extension", "abduction", "adduction", "internal_rotation", "external_rotation",
)  # fmt: skip
WHOLE_LEG = "whole_leg"
"""Stands for the motion of a test that has none of its own: a step-up, a squat, a hinge, balance."""
QUALITIES = (
    "strength_isometric", "strength_eccentric", "endurance", "end_range_strength", "inner_range_strength",
    "repeated_contractions", "control", "rom_active", "rom_passive", "balance",
)  # fmt: skip
LENGTH_TESTS = ("thomas_test", "ober_test")
"""They measure the length of a muscle, not the range of a joint."""
CONTROL_TESTS = ("step_up", "step_down", "single_leg_squat", "hip_hinge", "single_leg_stance", "reach_test")
POSITIONS = ("supine", "prone", "side_lying", "seated", "standing", *LENGTH_TESTS, *CONTROL_TESTS)
SCORE_SCALES = ("lateral_step_down_0_6", "higher_is_better", "lower_is_better")
"""A published scale by its name, or the direction of a clinic's own one; limits and sources: `hip.scales`."""

REGIONS = (
    "hip_groin", "low_back", "pelvis", "thigh", "hamstring", "lateral_thigh", "knee",
    "lower_leg", "ankle_foot", "shoulder", "other", "any",
)  # fmt: skip
PROBLEM_TYPES = ("injury", "illness")
ONSET_MODES = ("sudden", "gradual", "mixed")
INJURY_DEFINITIONS = ("any_complaint", "medical_attention", "time_loss")
TISSUES = (
    "muscle_tendon", "nervous", "bone", "cartilage_synovium_bursa", "ligament_joint_capsule",
    "superficial_skin", "vessels", "stump", "internal_organs", "non_specific",
)  # fmt: skip
SUBSEQUENT = ("index", "reinjury", "exacerbation", "new_local", "new_other")
STREAMS = ("training", "weekly_report", "injury", "hip_assessment", "hip_work")
VOLUME_BANDS_KM = ("0-15", "16-25", "26-35", "36-45", ">45")
