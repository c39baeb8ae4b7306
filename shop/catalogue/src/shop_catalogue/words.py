"""Words that any product may use, whatever its category."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """The words between commas."""
    return tuple(word.strip() for word in text.split(","))


# Names that makers give to a model: the same name in other colours and sizes is the same product.
LINES = words(
    "Alder, Arden, Aster, Avon, Beacon, Birch, Blythe, Bramble, Calder, Cedar, Clover, Cove, Dale,"
    "Delta, Drift, Dune, Ember, Esk, Fable, Fern, Finch, Fjord, Flint, Gale, Garnet, Glen, Grove,"
    "Harbour, Haven, Hazel, Heath, Heron, Hollow, Iris, Isla, Juniper, Kestrel, Kite, Lark, Laurel,"
    "Linden, Loch, Lumen, Maple, Marlow, Meadow, Mesa, Mill, Mira, Moss, Nova, Oak, Onyx, Opal,"
    "Orchard, Osprey, Otter, Pebble, Pike, Pine, Plover, Quarry, Quill, Rill, Robin, Rowan, Sable,"
    "Sage, Shore, Sierra, Sol, Sorrel, Spruce, Swift, Tarn, Teal, Thistle, Tide, Vale, Vega,"
    "Vesper, Wharf, Willow, Wren, Yarrow, Zephyr"
)

COLOURS = words(
    "Black, White, Navy, Charcoal, Stone, Sea Green, Forest Green, Olive, Sky Blue, Royal Blue,"
    "Burgundy, Rust, Mustard, Blush, Lilac, Sand, Cream, Graphite, Teal, Red"
)

# The last sentence of a description; most products do without.
ASSURANCES = (
    "Free returns within 30 days.",
    "Ships in plastic-free packaging.",
    "A customer favourite since it came out.",
    "Also available as a gift, wrapped.",
)
