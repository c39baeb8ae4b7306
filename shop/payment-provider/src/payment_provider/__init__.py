"""The outside world: a card provider, slow and fallible as asked for, and a ledger of its own."""
