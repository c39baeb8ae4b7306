"""The admin's changes of price, stock and text, and the events that tell of them."""
