"""Plans of the shop: from an intent to typed steps, a budget, and a mandate."""
