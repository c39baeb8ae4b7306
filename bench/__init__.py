"""Benchmarks: Assay and a peer side by side in one run, a ratio out."""
