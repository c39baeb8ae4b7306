"""Names in a run folder: one place for those who write it and those who read it."""

from __future__ import annotations

FORMAT = 1
"""Of the folder; raised when an older assay could misread a newer folder."""

RUN = "run.json"
BLOCKS = "blocks.jsonl"
HISTOGRAMS = "histograms.csv"
SLICES = "slices.csv"
EVENTS = "events.jsonl"
VERDICTS = "verdicts.json"
LOGS = "logs"
HISTORIES = "histories"

HISTOGRAM_COLUMNS = ("block", "request", "outcome", "clock", "upper_us", "count")
SLICE_COLUMNS = ("block", "at_s", "completed", "failed", "median_us", "p99_us")

LAG = "lag"
"""In the column `clock`: the send lag of the block, which has neither request nor outcome."""
EXAMPLE = "runs/20261123-181500-7f3a"
