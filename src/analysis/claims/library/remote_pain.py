"""Hip deficit and pain elsewhere: over all regions, on the side that the claim names, and region by region.

The deficit is minus the mean of the scores of range and strength; one SD is that between the runners of the cohort. The
side named is the deficit's own, for the shoulder the opposite one."""

from analysis.claims.claim import HIGHER, Claim, Estimand
from analysis.panel.regions import REMOTE_REGIONS

_BY_REGION = tuple(f"deficit_{region}" for region in REMOTE_REGIONS)
CLAIM = Claim(
    "remote_pain",
    "Pain elsewhere",
    "Hip problems show up elsewhere: low back, knee, lateral thigh, shin, hamstring, pelvic floor, opposite shoulder.",
    primary=True,
    estimands=(
        Estimand(
            "pain_elsewhere",
            "Hip deficit +1 SD, pain in any of these regions",
            "a hip deficit 1 SD larger at the runner's first test, all these regions together,",
            {"hip_deficit": 1.0},
            HIGHER,
            needs=("hip_deficit",),
            adds=("hip_deficit",),
        ),
        Estimand(
            "pain_elsewhere",
            "Hip deficit +1 SD of the side named, against the other side",
            "a hip deficit 1 SD larger on the side that the claim names, and 1 SD smaller on the other side,",
            {"named_side_deficit": 1.0, "other_side_deficit": -1.0},
            HIGHER,
            needs=("named_side_deficit", "other_side_deficit"),
            adds=("named_side_deficit", "other_side_deficit"),
            further=True,
        ),
        *(
            Estimand(
                "pain_elsewhere",
                f"Hip deficit +1 SD, {region.replace('_', ' ')}",
                f"a hip deficit 1 SD larger at the runner's first test, in the {region.replace('_', ' ')} alone,",
                {f"deficit_{region}": 1.0},
                HIGHER,
                needs=(f"deficit_{region}",),
                adds=_BY_REGION,
                further=True,
            )
            for region in REMOTE_REGIONS
        ),
    ),
)
