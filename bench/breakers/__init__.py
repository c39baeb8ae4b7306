"""What is expected of a circuit breaker, checked of ours and of others', and what each costs."""
