"""Books and paper, food, pets."""

from __future__ import annotations

from shop_catalogue import axes
from shop_catalogue.shelves import Department, Shelf
from shop_catalogue.words import words

_READ = ("to read in one sitting", "to give and to keep", "for readers who like to wonder")
_EAT = ("for the larder", "to share, or not", "for breakfast and beyond")
_PETS = ("for lively animals", "for old friends and new ones", "that is liked at first sight")

BOOKS = Department(
    name="Books & Paper",
    brands=words(
        "Amber Press, Bellwether Books, Inkwell, Longshelf Press, Quillon, Marginalia,Tern Editions"
    ),
    adjectives=words("Much-loved, Thoughtful, Beautifully made, Pocket-sized, Award-winning"),
    features=(
        "Printed on certified paper.",
        "Sewn, so that it stays open.",
        "Chosen by the people who work here.",
        "New this season.",
    ),
    shelves=(
        Shelf(
            "Novels",
            words("Novel, Crime Novel, Short Stories, Historical Novel, Fantasy Novel"),
            (),
            _READ,
            (7, 29),
            (axes.BINDING,),
            weight=2.0,
        ),
        Shelf(
            "Cookbooks",
            words("Cookbook, Baking Book, Vegetable Cookbook, Bread Book"),
            (),
            ("with recipes that work", "for weeknights and feasts"),
            (12, 45),
            (axes.BINDING,),
        ),
        Shelf(
            "Stationery",
            words("Notebook, Sketchbook, Planner, Writing Pad"),
            words("Recycled Paper, Linen-Bound, Cotton Paper, Kraft Paper"),
            ("that lies flat when open", "for ink and pencil"),
            (4, 35),
            (axes.COLOUR, axes.PAPER),
        ),
    ),
)

FOOD = Department(
    name="Food",
    brands=words(
        "Cacao & Rye, Dunmore Roasters, Finisterre Foods, Harvest Moon, Juno's Larder,"
        "Kettle & Leaf, Old Mill Pantry"
    ),
    adjectives=words("Small-batch, Honest, Rich, Carefully made, Award-winning"),
    features=(
        "Traceable to where it came from.",
        "Wrapped in paper.",
        "From a maker with fewer than ten people.",
        "Contains no palm oil.",
    ),
    shelves=(
        Shelf(
            "Coffee & Tea",
            words("Espresso, Filter Coffee, House Blend, Decaf Coffee"),
            words("Organic, Fairtrade, Single-Origin, Arabica"),
            ("roasted every Tuesday", "with notes of cocoa and plum"),
            (6, 39),
            (axes.ROAST, axes.GRIND),
        ),
        Shelf(
            "Sweets & Snacks",
            words("Chocolate Bar, Shortbread, Granola, Roasted Almonds, Truffles"),
            words("Organic, Handmade, Fairtrade"),
            _EAT,
            (3, 25),
            (axes.FLAVOUR, axes.GRAMS),
        ),
    ),
)

PETS = Department(
    name="Pets",
    brands=words(
        "Good Dog Supply, Mouser, Paws & Meadow, Tailfeather, Burrow & Bark, Whisker Yard"
    ),
    adjectives=words("Sturdy, Wholesome, Well-tested, Washable, Gentle"),
    features=(
        "Vets were asked, and so were pets.",
        "Made close to where it is sold.",
        "Part of the price goes to a shelter.",
    ),
    shelves=(
        Shelf(
            "Pet Food",
            words("Dry Dog Food, Dry Cat Food, Puppy Food, Kitten Food"),
            words("Chicken, Salmon, Lamb, Insect"),
            _PETS,
            (6, 29),
            (axes.KIBBLE,),
        ),
        Shelf(
            "Pet Beds & Leads",
            words("Dog Bed, Dog Lead, Dog Harness, Cat Bed, Collar"),
            words("Canvas, Leather, Wool Felt, Recycled Nylon"),
            _PETS,
            (9, 119),
            (axes.COLOUR, axes.PET),
        ),
    ),
)

ENJOYED = (BOOKS, FOOD, PETS)
