"""What users write in Python: journeys of many steps, and audits of the stores."""

from assay.scripts.audit import Asked, Finding, Findings
from assay.scripts.client import Answer, Client
from assay.scripts.journey import Failed, Journey, Surroundings, Visit

__all__ = [
    "Answer",
    "Asked",
    "Client",
    "Failed",
    "Finding",
    "Findings",
    "Journey",
    "Surroundings",
    "Visit",
]
