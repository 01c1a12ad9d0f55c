"""Control in the step-up, step-down and hinge. One SD is that between the runners of the cohort."""

from analysis.claims.claim import Claim, on_pain_and_injury

_TESTS = {"step_up": "step-up", "step_down": "step-down", "hip_hinge": "hip hinge"}
CLAIM = Claim(
    "hip_loading",
    "Control under load",
    "The position of the pelvis in the step-up and hinge decides how well the hip takes load.",
    primary=False,
    estimands=tuple(
        estimand
        for test, words in _TESTS.items()
        for estimand in on_pain_and_injury(
            label=f"Control in the {words}, +1 SD",
            contrast=f"1 SD better control in the {words} at the runner's first test",
            adds=(f"control_{test}",),
            weights={f"control_{test}": 1.0},
            needs=(f"control_{test}",),
        )
    ),
)
