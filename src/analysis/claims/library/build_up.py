"""Does pain rise more steeply over the programme with a larger hip deficit, and does it come earlier?

Thirds are of the runners' first known deficit. Above 3 of 10 is at least moderate pain (Collins, Moore and McQuay 1997,
Pain 72:95); the odds of its first week are a discrete-time hazard (Singer and Willett 1993, J Educ Stat 18:155)."""

from analysis.claims.claim import HIGHER, Claim, Estimand

_STEEPER = "hip_deficit:programme_10_weeks"
CLAIM = Claim(
    "build_up",
    "Compensation runs out",
    "Compensation holds until it reaches its limit: nobody is hurt at the start of a programme, many are by its end.",
    primary=True,
    estimands=(
        Estimand(
            "pain",
            "Hip deficit +1 SD, rise over 10 weeks of the programme",
            "a hip deficit 1 SD larger, for each 10 weeks further into the programme,",
            {_STEEPER: 1.0},
            HIGHER,
            needs=("hip_deficit", "programme_10_weeks"),
            adds=("hip_deficit", _STEEPER),
        ),
        Estimand(
            "first_pain",
            "Third with the largest hip deficit, against the smallest",
            "a runner of the third with the largest hip deficit, against the third with the smallest,",
            {"deficit_top_third": 1.0},
            HIGHER,
            needs=("deficit_top_third",),
            adds=("deficit_top_third", "deficit_middle_third"),
            further=True,
        ),
    ),
)
