"""How a system is exercised: workloads, feeds and the native engine's face."""
