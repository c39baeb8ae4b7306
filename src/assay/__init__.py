"""Assay proves or refutes what people claim about the speed and toughness of a distributed system.

A run is a pipeline, and the packages read in that order: `claims` (what is promised), `run` (the
plan and its conduct), `systems` (what is judged), `load` (how it is exercised), `evidence` (what
was seen), `verdicts` (what follows) and `reports` (how it is told).
"""

__version__ = "0.1.0"
