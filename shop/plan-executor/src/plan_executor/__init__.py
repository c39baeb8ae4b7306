"""Plans of the shop carried out."""
