"""The six motions of the hip, their planes, and the names people give them.

Planes and opposites are anatomy as in any textbook (Neumann, Kinesiology of the Musculoskeletal System).
"""

import unicodedata
from dataclasses import dataclass

from analysis.errors import HiprunError


@dataclass(frozen=True)
class Motion:
    """One motion: canonical name, short label, plane, the opposite motion, and other names (any case)."""

    name: str
    label: str
    plane: str
    opposite: str
    synonyms: tuple[str, ...]


MOTIONS: dict[str, Motion] = {
    m.name: m
    for m in (
        Motion(
            "flexion", "flexion", "sagittal", "extension",
            ("flex", "flx", "hip flexion", "flexion hüfte", "hüftflexion", "beugung", "hüftbeugung",
             "flexión", "flexión de cadera", "flexion de hanche", "flessione", "flessione anca", "flexie",
             "heupflexie", "fleksion", "flexion höft", "flexão"),
        ),
        Motion(
            "extension", "extension", "sagittal", "flexion",
            ("ext", "hip extension", "hüftextension", "streckung", "hüftstreckung", "extensión",
             "extensión de cadera", "extension de hanche", "estensione", "extensie", "heupextensie", "ekstension",
             "extensão"),
        ),
        Motion(
            "abduction", "abduction", "frontal", "adduction",
            ("abd", "ab", "hip abduction", "abduktion", "hüftabduktion", "abspreizen", "abspreizung", "abducción",
             "abduction de hanche", "abduzione", "abductie", "heupabductie", "abduktion höft", "abdução"),
        ),
        Motion(
            "adduction", "adduction", "frontal", "abduction",
            ("add", "ad", "hip adduction", "adduktion", "hüftadduktion", "anspreizen", "squeeze", "aducción",
             "adduction de hanche", "adduzione", "adductie", "heupadductie", "adução"),
        ),
        Motion(
            "internal_rotation", "internal rotation", "transverse", "external_rotation",
            (
                "ir", "iro", "int rot", "rot int", "internal rot", "hip internal rotation", "medial rotation",
                "innenrotation", "hüftinnenrotation", "rotation interne", "rotación interna", "rotation médiale",
                "rotazione interna", "intrarotazione", "endorotatie", "indadrotation", "inåtrotation",
                "innadrotasjon", "rotação interna",
            ),
        ),
        Motion(
            "external_rotation", "external rotation", "transverse", "internal_rotation",
            (
                "er", "aro", "ext rot", "rot ext", "external rot", "hip external rotation", "lateral rotation",
                "außenrotation", "aussenrotation", "hüftaußenrotation", "rotation externe", "rotación externa",
                "rotation latérale", "rotazione esterna", "extrarotazione", "exorotatie", "udadrotation",
                "utåtrotation", "utadrotasjon", "rotação externa",
            ),
        ),
    )
}  # fmt: skip

PLANES = ("sagittal", "frontal", "transverse")

SIDE_SYNONYMS = {
    "left": (
        "left", "l", "li", "lft", "links", "linke", "linkes", "linker", "gauche", "izquierda", "izquierdo",
        "izq", "sinistra", "sinistro", "sx", "venstre", "vänster", "esquerda", "esquerdo",
    ),
    "right": (
        "right", "r", "re", "rgt", "rechts", "rechte", "rechtes", "rechter", "droite", "droit", "derecha",
        "derecho", "dcha", "destra", "destro", "dx", "højre", "høyre", "höger", "direita", "direito",
    ),
}  # fmt: skip


def fold(text: str) -> str:
    """Text without case, accents, spaces and punctuation, for comparing names ('Hip-Flexion ' = 'hipflexion')."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isalnum())


_BY_NAME = {fold(n): m.name for m in MOTIONS.values() for n in (m.name, m.label, *m.synonyms)}
_BY_SIDE = {fold(n): side for side, names in SIDE_SYNONYMS.items() for n in names}


def motion(name: str) -> str:
    """The canonical name of a motion, from any of its names in English, German, French, Spanish, Portuguese,
    Italian, Dutch or a Scandinavian language, and common abbreviations.

    Raises `HiprunError` for an unknown name.
    """
    return _look_up(name, _BY_NAME, "motion", "motion")


def side(name: str) -> str:
    """'left' or 'right', from any of its names; raises `HiprunError` for an unknown one."""
    return _look_up(name, _BY_SIDE, "side", "side")


def plane(name: str) -> str:
    """The plane of a motion: 'sagittal', 'frontal' or 'transverse'; raises `HiprunError` for an unknown motion."""
    return MOTIONS[motion(name)].plane


def _look_up(name: str, known: dict[str, str], what: str, column: str) -> str:
    found = known.get(fold(name)) if isinstance(name, str) else None
    if found is None:
        raise HiprunError(
            f"{what}: found {name!r}; expected one of {', '.join(sorted(set(known.values())))} or a synonym. "
            f"Fix: map the name to one of these in the {column} codes."
        )
    return found
