"""Home, kitchen, electronics, garden and tools."""

from __future__ import annotations

from shop_catalogue import axes
from shop_catalogue.shelves import Department, Shelf
from shop_catalogue.words import words

_ROOM = ("for small rooms and large ones", "that makes a room feel finished", "easy to care for")
_COOK = ("for every day", "for cooks who use what they own", "safe in the dishwasher")
_DESK = ("for the desk and for the road", "ready in a minute", "quiet and dependable")

HOME = Department(
    name="Home",
    brands=words(
        "Arbour House, Birkeland, Casa Lume, Dovetail & Pine, Eversham, Fold, Gardsby, Hearthside,"
        "Inglenook, Kvist, Lindqvist Living, Morrow, Nordhem, Paper Moon, Stillwater"
    ),
    adjectives=words("Calm, Simple, Handmade, Solid, Textured, Generous, Space-saving"),
    features=(
        "Made in a family workshop.",
        "The wood comes from certified forests.",
        "Arrives assembled.",
        "OEKO-TEX certified.",
        "Each piece differs a little from the next.",
    ),
    shelves=(
        Shelf(
            "Bed Linen",
            words("Duvet Cover, Fitted Sheet, Bed Set, Bedspread, Quilt"),
            words("Linen, Cotton Percale, Sateen, Organic Cotton, Flannel"),
            ("for cool summers and warm winters", "softer with every wash"),
            (29, 199),
            (axes.COLOUR, axes.BED),
            ("Textiles",),
            1.5,
        ),
        Shelf(
            "Towels",
            words("Hand Towel, Bath Towel, Bath Mat, Beach Towel"),
            words("Cotton, Waffle Cotton, Linen, Bamboo"),
            ("that dries you and then itself", "in a heavy weight"),
            (7, 59),
            (axes.COLOUR, axes.PACK),
            ("Textiles",),
        ),
        Shelf(
            "Rugs",
            words("Flatweave Rug, Shaggy Rug, Runner, Kilim, Outdoor Rug"),
            words("Wool, Jute, Cotton, Recycled PET, Sisal"),
            _ROOM,
            (29, 290),
            (axes.COLOUR, axes.RUG),
            ("Textiles",),
        ),
        Shelf(
            "Lamps",
            words("Table Lamp, Floor Lamp, Pendant Lamp, Wall Lamp, Reading Lamp"),
            words("Brass, Ceramic, Paper, Opal Glass, Steel"),
            ("that dims without flicker", "for warm evenings"),
            (25, 349),
            (axes.COLOUR,),
        ),
        Shelf(
            "Furniture",
            words("Side Table, Bookcase, Dining Chair, Desk, Bench, Sideboard, Stool"),
            (),
            _ROOM,
            (49, 1290),
            (axes.WOOD, axes.FINISH),
        ),
        Shelf(
            "Candles & Decoration",
            words("Candle, Vase, Mirror, Picture Frame, Candle Holder, Bowl"),
            words("Soy Wax, Stoneware, Brass, Oak, Glass"),
            _ROOM,
            (6, 119),
            (axes.SCENT,),
        ),
    ),
)

KITCHEN = Department(
    name="Kitchen",
    brands=words(
        "Anvil & Thyme, Batterie Blanc, Copperfield, Delft & Daily, Emaille Werk, Forma, Gusto,"
        "Hob & Hearth, Kitchen Row, La Louche, Mise, Ovenbird, Pestle, Saltbox, Tavola"
    ),
    adjectives=words("Heavy-based, Well-balanced, Stackable, Durable, Sharp, Glazed, Handy"),
    features=(
        "Suits every hob, induction too.",
        "Oven-safe up to 240 °C.",
        "Comes with a guarantee of ten years.",
        "The handle stays cool.",
        "Made in Europe.",
    ),
    shelves=(
        Shelf(
            "Pots & Pans",
            words("Frying Pan, Saucepan, Casserole, Sauté Pan, Wok, Grill Pan"),
            words("Cast Iron, Steel, Copper, Carbon Steel, Ceramic, Aluminium"),
            _COOK,
            (19, 249),
            (axes.DISH,),
            weight=1.3,
        ),
        Shelf(
            "Knives",
            words("Chef's Knife, Paring Knife, Bread Knife, Santoku, Steak Knife"),
            words("Steel, Damascus Steel, Carbon Steel, Ceramic"),
            ("that holds its edge", "for cooks who use what they own"),
            (12, 229),
            (axes.WOOD,),
        ),
        Shelf(
            "Tableware",
            words("Dinner Plate, Soup Bowl, Serving Platter, Cereal Bowl, Side Plate"),
            words("Stoneware, Porcelain, Enamel, Bamboo"),
            _COOK,
            (6, 79),
            (axes.COLOUR, axes.DISH),
        ),
        Shelf(
            "Glasses & Mugs",
            words("Mug, Tumbler, Wine Glass, Espresso Cup, Carafe"),
            words("Glass, Porcelain, Crystal, Stoneware"),
            _COOK,
            (5, 69),
            (axes.COLOUR, axes.PACK),
        ),
        Shelf(
            "Small Appliances",
            words("Kettle, Toaster, Blender, Stand Mixer, Coffee Grinder, Espresso Machine"),
            (),
            ("quiet enough for early mornings", "ready in a minute"),
            (25, 649),
            (axes.COLOUR,),
        ),
        Shelf(
            "Food Storage",
            words("Storage Jar, Lunch Box, Bread Bin, Butter Dish, Oil Bottle"),
            words("Glass, Steel, Ceramic, Enamel"),
            ("that keeps food fresh for longer", "safe in the dishwasher"),
            (5, 59),
            (axes.COLOUR, axes.LITRES),
        ),
    ),
)

ELECTRONICS = Department(
    name="Electronics",
    brands=words(
        "Aevo, Brightwire, Corelink, Dynavox Audio, Elara, Fluxon, Halcyon Labs, Ionica, Kinetix,"
        "Luminar Tech, Nexora, Orbita, Pulsar Sound, Quantis, Voltane"
    ),
    adjectives=words("Compact, Powerful, Efficient, Quiet, Fast, Bright, Slim, Reliable"),
    features=(
        "Charges over USB-C.",
        "Updates are promised for five years.",
        "The battery can be replaced with a screwdriver.",
        "Works with everything you already own.",
        "Half of the casing is recycled.",
    ),
    shelves=(
        Shelf(
            "Headphones",
            words("Wireless Headphones, In-Ear Headphones, Studio Headphones, Sports Earbuds"),
            (),
            ("with noise cancelling that can be turned off", "for 30 hours at a stretch"),
            (19, 399),
            (axes.COLOUR,),
            ("Audio",),
            1.3,
        ),
        Shelf(
            "Speakers",
            words("Bluetooth Speaker, Bookshelf Speaker, Soundbar, Kitchen Radio"),
            (),
            ("that fills a room", "with a sound bigger than itself"),
            (25, 690),
            (axes.COLOUR,),
            ("Audio",),
        ),
        Shelf(
            "Phones",
            words("Smartphone, Foldable Phone, Compact Smartphone, Rugged Smartphone"),
            (),
            ("with a camera that sees in the dark", "that lasts two days"),
            (149, 1190),
            (axes.COLOUR, axes.STORAGE),
            ("Computers & Phones",),
        ),
        Shelf(
            "Laptops",
            words("Laptop, Ultrabook, Convertible Laptop, Workstation Laptop"),
            (),
            _DESK,
            (399, 2490),
            (axes.STORAGE, axes.MEMORY),
            ("Computers & Phones",),
        ),
        Shelf(
            "Monitors & Televisions",
            words("Monitor, Curved Monitor, Television, OLED Television"),
            (),
            ("that is kind to the eyes", "with true colours"),
            (119, 1490),
            (axes.SCREEN,),
        ),
        Shelf(
            "Cables & Chargers",
            words("USB-C Cable, HDMI Cable, Charging Cable, Network Cable, Extension Lead"),
            words("Braided, Silicone, Recycled, Flat"),
            ("for the desk and for the road", "tested for 20,000 bends"),
            (5, 49),
            (axes.COLOUR, axes.CABLE),
            weight=1.5,
        ),
        Shelf(
            "Memory & Drives",
            words("Memory Card, Portable SSD, USB Stick, Internal SSD"),
            (),
            ("for photographs you would miss", "fast enough to edit on"),
            (9, 119),
            (axes.STORAGE,),
        ),
    ),
)

GARDEN_AND_TOOLS = Department(
    name="Garden & Tools",
    brands=words(
        "Ashdown, Bexley Tools, Copse, Dibber & Spade, Eisenhart, Forge & Field, Greenmantle,"
        "Holt, Ironbridge, Kiln Yard, Mossgate, Potter's End, Rootstock, Steadfast, Trellis"
    ),
    adjectives=words("Robust, Frost-proof, Forged, Precise, Rustproof, Ergonomic, Sturdy"),
    features=(
        "Handles are oiled by hand.",
        "May stay outside all year.",
        "Spare blades are sold singly.",
        "Comes with a storage case.",
        "Guaranteed for ten years.",
    ),
    shelves=(
        Shelf(
            "Plant Pots",
            words("Plant Pot, Hanging Planter, Window Box, Herb Planter"),
            words("Terracotta, Fibre Clay, Zinc, Recycled Plastic, Glazed Clay"),
            ("for balconies and beds", "with a hole where water needs one"),
            (5, 49),
            (axes.COLOUR, axes.POT),
        ),
        Shelf(
            "Garden Tools",
            words("Spade, Garden Fork, Secateurs, Hand Trowel, Rake, Hoe"),
            words("Steel, Carbon Steel, Bronze"),
            ("for heavy soil", "that fits small and large hands"),
            (9, 99),
            (axes.WOOD,),
        ),
        Shelf(
            "Watering",
            words("Garden Hose, Soaker Hose, Spiral Hose"),
            words("Rubber, Recycled Rubber, Textile"),
            ("that does not kink", "for dry summers"),
            (15, 69),
            (axes.HOSE,),
            weight=0.7,
        ),
        Shelf(
            "Hand Tools",
            words("Screwdriver Set, Spanner Set, Bit Set, Socket Set, Hex Key Set"),
            words("Chrome Vanadium, Steel"),
            ("for the workshop and the kitchen drawer", "that never rounds a screw"),
            (12, 99),
            (axes.SCREWDRIVER,),
        ),
        Shelf(
            "Power Tools",
            words("Cordless Drill, Jigsaw, Orbital Sander, Impact Driver, Circular Saw"),
            (),
            ("with two batteries", "for a weekend's work on one charge"),
            (49, 390),
            (),
            weight=0.7,
        ),
        Shelf(
            "Outdoor Furniture",
            words("Folding Chair, Bistro Table, Deckchair, Garden Bench, Hammock"),
            words("Steel, Eucalyptus, Aluminium, Acacia"),
            ("for long evenings", "that folds flat for the winter"),
            (29, 490),
            (axes.COLOUR,),
        ),
    ),
)

HOMES = (HOME, KITCHEN, ELECTRONICS, GARDEN_AND_TOOLS)
