"""What the shop's Python services share. One subject a module; import the modules, not this."""
