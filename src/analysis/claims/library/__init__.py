"""The claims of CLAIMS.md, one file each: a file here that declares `CLAIM` is a claim, and nothing else is needed."""

from importlib import import_module
from pkgutil import iter_modules

from analysis.claims.claim import Claim
from analysis.errors import HiprunError


def all_claims() -> tuple[Claim, ...]:
    """Every claim, the primary ones first, each part in the order of the ids. Raises `HiprunError` for two of one id,
    and for a file that declares no claim of its own name."""
    claims = []
    for module in iter_modules(__path__):
        found = getattr(import_module(f"{__name__}.{module.name}"), "CLAIM", None)
        if not isinstance(found, Claim) or found.id != module.name:
            raise HiprunError(f"claims: {module.name}.py declares no CLAIM of that id. Fix: name file and id alike.")
        claims.append(found)
    return tuple(sorted(claims, key=lambda claim: (not claim.primary, claim.id)))


CLAIMS = all_claims()
