"""A sentence in, an intent out: acts on a cart and on orders, or a question, or a refusal."""
