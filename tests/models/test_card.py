"""The card of a fit says what it rests on and what is doubtful."""

import numpy as np

from analysis.models import fit, fit_card


def test_the_card_names_rows_groups_spread_doubts_and_what_was_left_out(weeks):
    frame = weeks.copy()
    frame.loc[:4, "mob"] = np.nan
    card = fit_card(fit("pain ~ mob + (1 | athlete)", frame), {"rom": "not recorded"})
    facts = card.set_index("item")["value"]
    assert facts["Rows used"] == "995 athlete-weeks"
    assert facts["Rows left out"] == "5 with a value missing (mob 5)"
    assert facts["Athletes"] == "50"
    assert facts["Converged"] == "yes"
    assert facts["Left out of the model"] == "rom: not recorded"
    assert float(facts["SD of level between athletes"]) > 0.5
