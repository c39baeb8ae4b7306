"""What follows from the evidence: the verdict on each claim, and how sure it is."""

from assay.verdicts.case import Case, Judgement
from assay.verdicts.judge import ALPHA, judge_family
from assay.verdicts.matrix import Cell, CellOutcome, FaultRow, Matrix, matrices
from assay.verdicts.planning import RateTooLow, block_requirements, supported
from assay.verdicts.saturation import adds
from assay.verdicts.saturation import found as saturated_at
from assay.verdicts.sign_test import (
    Boundary,
    Side,
    SignTest,
    boundary,
    interval,
    sequential_sign_test,
)
from assay.verdicts.timeline import SUSTAINED_S
from assay.verdicts.types import (
    FAULT_MEASURES,
    FAULT_TIMES,
    MOST_OF_A_FAULT,
    FaultQuestion,
    LimitQuestion,
    Outcome,
    Quantity,
    Question,
    RatioQuestion,
    Verdict,
    ZeroQuestion,
)
from assay.verdicts.warmup import Window, filled, level, primed, rising, steady_at

__all__ = [
    "ALPHA",
    "FAULT_MEASURES",
    "FAULT_TIMES",
    "MOST_OF_A_FAULT",
    "SUSTAINED_S",
    "Boundary",
    "Case",
    "Cell",
    "CellOutcome",
    "FaultQuestion",
    "FaultRow",
    "Judgement",
    "LimitQuestion",
    "Matrix",
    "Outcome",
    "Quantity",
    "Question",
    "RateTooLow",
    "RatioQuestion",
    "Side",
    "SignTest",
    "Verdict",
    "Window",
    "ZeroQuestion",
    "adds",
    "block_requirements",
    "boundary",
    "filled",
    "interval",
    "judge_family",
    "level",
    "matrices",
    "primed",
    "rising",
    "saturated_at",
    "sequential_sign_test",
    "steady_at",
    "supported",
]
