"""Stock of the shop's variants."""
