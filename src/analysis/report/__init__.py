"""Results to tables, sentences, HTML and PDF; the one gate through which anything leaves."""

from analysis.report.build import build_report
from analysis.report.claim_sentences import claim_table, count_claims, read_claim, read_claims
from analysis.report.display import set_display
from analysis.report.info import report_info
from analysis.report.readings import read_changes, read_prevalences, read_response, read_sides
from analysis.report.record import Stage, read_stages
from analysis.report.sentences import read_estimate, read_rate, read_terms
from analysis.report.strobe import strobe_siis
from analysis.report.suppress import mark_withheld
from analysis.report.verdicts import read_e_values, read_overall, read_verdicts, verdict_table

__all__ = [
    "Stage",
    "build_report",
    "claim_table",
    "count_claims",
    "mark_withheld",
    "read_changes",
    "read_claim",
    "read_claims",
    "read_e_values",
    "read_estimate",
    "read_overall",
    "read_prevalences",
    "read_rate",
    "read_response",
    "read_sides",
    "read_stages",
    "read_terms",
    "read_verdicts",
    "report_info",
    "set_display",
    "strobe_siis",
    "verdict_table",
]
