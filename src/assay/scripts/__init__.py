"""What users write in Python: journeys of many steps, and audits of the stores."""

from assay.scripts.audit import Asked, Finding, Findings
from assay.scripts.checking import Effects, effects_of, gone_back, overdrawn
from assay.scripts.client import Answer, Client
from assay.scripts.history import Operation, UnderWay
from assay.scripts.journey import Failed, Journey, Surroundings, Visit

__all__ = [
    "Answer",
    "Asked",
    "Client",
    "Effects",
    "Failed",
    "Finding",
    "Findings",
    "Journey",
    "Operation",
    "Surroundings",
    "UnderWay",
    "Visit",
    "effects_of",
    "gone_back",
    "overdrawn",
]
