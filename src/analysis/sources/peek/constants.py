"""What is the same in every row of a block: known from words beside the table, or asked."""

from analysis.sources.peek import answers, measure
from analysis.sources.peek.draft import Draft
from analysis.sources.peek.view import ASK, Conclusion


def fill_constants(draft: Draft) -> dict[str, answers.Told]:
    """Columns that are the same in every row: known, or asked."""
    told = dict(draft.constants)
    given = {*draft.found, *(draft.wide.columns if draft.wide else ()), *told}
    for name, question in _needed(draft).items():
        if name not in given:
            told[name] = question
    return told


def _needed(draft: Draft) -> dict[str, answers.Told]:
    table, found = draft.table.name, draft.found
    needed: dict[str, answers.Told] = {}
    if not draft.folder_is_athlete:
        needed["athlete_id"] = answers.Told(
            ASK, "whose file is this? An id; for many people the file needs a column of codes"
        )
    if table == "training_sessions":
        needed["sport"] = answers.Told(ASK, "run, bike, …: the file does not say what kind of sessions these are")
        if "rpe" in found:
            needed["rpe_scale"] = answers.find_rpe_scale(found["rpe"])
            scale = needed["rpe_scale"]
            draft.tell(found["rpe"], Conclusion("RPE scale", str(scale.value), scale.evidence, scale.value == ASK))
    if table == "weekly_reports":
        needed["region"] = answers.Told(ASK, '"any" for a form on all health problems, else the region it asks about')
        questions = {c: found[c] for c in answers.QUESTIONS if c in found}
        if questions:
            needed["ostrc_version"] = version = answers.find_ostrc_version(questions)
            for p in questions.values():
                draft.tell(p, Conclusion("OSTRC version", str(version.value), version.evidence, version.value == ASK))
    if table == "injuries" and "diagnosis_code" in found:
        needed["diagnosis_code_system"] = answers.Told(ASK, "OSIICS or SMDCS, and its version, such as OSIICS 15")
    if table == "hip_assessments":
        needed |= _needed_hip(draft)
    return needed


def _needed_hip(draft: Draft) -> dict[str, answers.Told]:
    needed = {
        "motion": answers.Told(ASK, "which hip motion was tested?"),
        "side": answers.Told(ASK, "left or right? the file does not say"),
        "quality": answers.Told(ASK, f"{measure.qualities_for(draft.value)}?"),
    }
    if draft.value == "score":
        needed["motion"] = answers.Told(ASK, "whole_leg for a test of control or balance, else the motion")
        needed["score_scale"] = answers.Told(ASK, "higher_is_better, lower_is_better, or a published scale by its name")
    return needed
