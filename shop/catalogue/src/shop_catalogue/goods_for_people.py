"""Clothing, shoes, beauty, children, sports and outdoors."""

from __future__ import annotations

from shop_catalogue import axes
from shop_catalogue.shelves import Department, Shelf
from shop_catalogue.words import words

_WEAR = ("for every day", "made to be worn for years", "easy to wear on its own or in layers")
_MOVE = ("for training and for rest days", "made for long days out", "tested in all weathers")
_CARE = ("for daily use", "for sensitive skin", "for morning and evening")
_PLAY = ("for curious hands", "for play on your own or together", "for rainy afternoons")

CLOTHING = Department(
    name="Clothing",
    brands=words(
        "Northwick, Fenn & Daughters, Halden, Ostrava Mills, Penrose, Loom Lane, Tilbury, Brae,"
        "Saint Orrin, Kelda, Wexcombe, Marrow & Co, Adelis, Vestra, Plainfield"
    ),
    adjectives=words("Soft, Breathable, Relaxed, Tailored, Lightweight, Warm, Classic, Slim-cut"),
    features=(
        "Cut from cloth that is woven in Portugal.",
        "Pre-washed, so that it keeps its shape.",
        "Machine wash at 30 °C.",
        "Flat seams do not chafe.",
        "Dyed with half the usual water.",
    ),
    shelves=(
        Shelf(
            "T-Shirts",
            words("Crew-Neck T-Shirt, V-Neck T-Shirt, Long-Sleeve T-Shirt, Pocket T-Shirt"),
            words("Organic Cotton, Cotton Jersey, Linen, Merino, Slub Cotton"),
            _WEAR,
            (12, 49),
            (axes.COLOUR, axes.SIZE),
            weight=2.5,
        ),
        Shelf(
            "Shirts",
            words("Oxford Shirt, Poplin Shirt, Flannel Shirt, Camp-Collar Shirt, Overshirt"),
            words("Cotton, Linen, Brushed Cotton, Hemp, Tencel"),
            _WEAR,
            (29, 119),
            (axes.COLOUR, axes.SIZE),
            weight=1.5,
        ),
        Shelf(
            "Knitwear",
            words("Jumper, Cardigan, Roll-Neck Jumper, Half-Zip Jumper, Knitted Vest"),
            words("Lambswool, Merino, Cashmere, Alpaca, Cotton, Recycled Wool"),
            _WEAR,
            (39, 229),
            (axes.COLOUR, axes.SIZE),
        ),
        Shelf(
            "Jeans & Trousers",
            words("Straight Jeans, Tapered Jeans, Chinos, Pleated Trousers, Cord Trousers"),
            words("Denim, Stretch Denim, Cotton Twill, Needlecord, Linen"),
            _WEAR,
            (35, 159),
            (axes.COLOUR, axes.WAIST, axes.LENGTH),
            weight=1.5,
        ),
        Shelf(
            "Dresses",
            words("Wrap Dress, Shirt Dress, Midi Dress, Slip Dress, Pinafore Dress"),
            words("Viscose, Linen, Cotton Poplin, Silk, Jersey"),
            _WEAR,
            (39, 249),
            (axes.COLOUR, axes.SIZE),
        ),
        Shelf(
            "Coats & Jackets",
            words("Parka, Rain Jacket, Pea Coat, Quilted Jacket, Trench Coat, Bomber Jacket"),
            words("Waxed Cotton, Wool, Recycled Nylon, Down, Cotton Gabardine"),
            _WEAR,
            (69, 449),
            (axes.COLOUR, axes.SIZE),
        ),
        Shelf(
            "Socks & Underwear",
            words("Ankle Socks, Boot Socks, Boxer Briefs, Bralette, Tights, Thermal Leggings"),
            words("Cotton, Merino, Modal, Bamboo, Recycled Nylon"),
            _WEAR,
            (6, 39),
            (axes.COLOUR, axes.SIZE),
            weight=1.5,
        ),
    ),
)

SHOES_AND_ACCESSORIES = Department(
    name="Shoes & Accessories",
    brands=words(
        "Cobbler Row, Strand & Sole, Vantor, Emberly, Pavo, Larkspur, Tannery Nine, Odelle,"
        "Bexhill, Corvane, Milano Dritto, Hartwell, Sunder, Yves Marchand, Kestral"
    ),
    adjectives=words("Hand-finished, Timeless, Sturdy, Elegant, Supple, Everyday, Compact"),
    features=(
        "Made in small batches in Spain.",
        "The leather comes from a certified tannery.",
        "It can be resoled or repaired.",
        "Comes with a cotton dust bag.",
        "Gains character with every wear.",
    ),
    shelves=(
        Shelf(
            "Trainers",
            words("Low-Top Trainers, High-Top Trainers, Court Trainers, Slip-On Trainers"),
            words("Leather, Canvas, Suede, Recycled Mesh"),
            _WEAR,
            (39, 189),
            (axes.COLOUR, axes.SHOE),
            ("Shoes",),
            1.5,
        ),
        Shelf(
            "Boots",
            words("Chelsea Boots, Lace-Up Boots, Ankle Boots, Desert Boots"),
            words("Leather, Suede, Waxed Leather, Nubuck"),
            _WEAR,
            (79, 329),
            (axes.COLOUR, axes.SHOE),
            ("Shoes",),
        ),
        Shelf(
            "Sandals",
            words("Slides, Strappy Sandals, Espadrilles, Clogs"),
            words("Cork, Leather, Raffia, Felt"),
            _WEAR,
            (19, 129),
            (axes.COLOUR, axes.SHOE),
            ("Shoes",),
        ),
        Shelf(
            "Bags",
            words("Tote Bag, Crossbody Bag, Weekender, Backpack, Belt Bag, Laptop Sleeve"),
            words("Canvas, Leather, Recycled Nylon, Waxed Cotton, Vegan Leather"),
            ("for work and for weekends", "with room for what a day needs"),
            (25, 299),
            (axes.COLOUR,),
        ),
        Shelf(
            "Jewellery",
            words("Signet Ring, Stacking Ring, Band Ring, Twist Ring"),
            words("Sterling Silver, Gold Vermeil, 9 Carat Gold, Recycled Silver"),
            ("to wear alone or stacked", "for every day and for the other days"),
            (29, 390),
            (axes.RING,),
        ),
        Shelf(
            "Watches",
            words("Field Watch, Dress Watch, Diver Watch, Chronograph"),
            words("Steel, Titanium, Bronze, Rose Gold"),
            ("that keeps time without fuss", "water-resistant to 50 metres"),
            (79, 890),
            (axes.COLOUR,),
            weight=0.5,
        ),
    ),
)

BEAUTY = Department(
    name="Beauty & Care",
    brands=words(
        "Aurelle, Botanica Nord, Clair & Sel, Dewpoint, Elderhouse, Fjell, Grove Apothecary, Hue,"
        "Ilmari, Lune Blanche, Marisol, Noor, Petal & Root, Solenne, Verbena Works"
    ),
    adjectives=words("Gentle, Nourishing, Fresh, Light, Rich, Calming, Fragrance-conscious"),
    features=(
        "Dermatologically tested and never on animals.",
        "Contains no mineral oil and no silicone.",
        "The bottle is made of recycled glass.",
        "Vegan.",
        "Made with plant oils from organic farms.",
    ),
    shelves=(
        Shelf(
            "Face Care",
            words("Day Cream, Night Cream, Face Serum, Cleansing Gel, Face Mask, Eye Cream"),
            (),
            _CARE,
            (9, 79),
            (axes.MILLILITRES,),
            weight=1.5,
        ),
        Shelf(
            "Body Care",
            words("Body Lotion, Shower Gel, Hand Cream, Body Oil, Bath Salts, Body Scrub"),
            (),
            _CARE,
            (5, 39),
            (axes.SCENT, axes.MILLILITRES),
        ),
        Shelf(
            "Hair Care",
            words("Shampoo, Conditioner, Hair Mask, Hair Oil, Styling Paste, Dry Shampoo"),
            (),
            _CARE,
            (5, 35),
            (axes.SCENT, axes.MILLILITRES),
        ),
        Shelf(
            "Make-Up",
            words("Lipstick, Mascara, Foundation, Concealer, Blush, Eyeshadow Palette"),
            (),
            ("that lasts through the day", "easy to build up and to take off"),
            (7, 45),
            (axes.COLOUR,),
        ),
        Shelf(
            "Perfume",
            words("Eau de Parfum, Eau de Toilette, Cologne, Perfume Oil"),
            (),
            ("that stays close to the skin", "composed in Grasse"),
            (19, 160),
            (axes.MILLILITRES,),
            weight=0.7,
        ),
        Shelf(
            "Shaving & Grooming",
            words("Safety Razor, Shaving Brush, Beard Comb, Nail Set, Shaving Bowl"),
            words("Steel, Beech, Brass, Walnut, Ceramic"),
            ("made to outlast the disposable kind", "for a close and easy shave"),
            (6, 89),
            (axes.FINISH,),
            weight=0.7,
        ),
    ),
)

CHILDREN = Department(
    name="Baby & Children",
    brands=words(
        "Acorn & Kin, Bumblewood, Cloudberry, Dappled, Ellie Oak, Fox & Fable, Gigglebrook,"
        "Hopscotch Yard, Jellywick, Kiddo Nord, Little Harbour, Moppet, Nestling, Pipkin, Tuck"
    ),
    adjectives=words("Soft, Cheerful, Sturdy, Washable, Playful, Rounded, Bright"),
    features=(
        "Tested to EN 71.",
        "Painted with water-based colours.",
        "Everything goes into the washing machine.",
        "Grows along for more than one season.",
        "Free of small parts.",
    ),
    shelves=(
        Shelf(
            "Baby Clothes",
            words("Bodysuit, Sleepsuit, Romper, Baby Cardigan, Baby Leggings"),
            words("Organic Cotton, Merino, Cotton Muslin, Terry"),
            ("soft on new skin", "easy to open and close"),
            (7, 49),
            (axes.COLOUR, axes.AGE),
            weight=1.5,
        ),
        Shelf(
            "Children's Clothes",
            words("Dungarees, Rain Suit, Hoodie, Pyjamas, Play Trousers, Sun Hat"),
            words("Cotton, Organic Cotton, Recycled Polyester, Cotton Corduroy"),
            ("for climbing and for cuddling", "with knees that last"),
            (9, 79),
            (axes.COLOUR, axes.AGE),
        ),
        Shelf(
            "Wooden Toys",
            words("Building Blocks, Stacking Tower, Train Set, Toy Kitchen, Balance Board"),
            words("Beech, Maple, Birch, Lime Wood"),
            _PLAY,
            (12, 149),
            (axes.FINISH,),
            ("Toys",),
        ),
        Shelf(
            "Soft Toys",
            words("Teddy Bear, Rabbit, Elephant, Fox, Comforter, Hand Puppet"),
            words("Plush, Cotton, Wool, Recycled Plush"),
            ("for sleeping and for travelling", "made to be hugged"),
            (9, 59),
            (axes.COLOUR,),
            ("Toys",),
        ),
        Shelf(
            "Games & Puzzles",
            words("Memory Game, Jigsaw Puzzle, Board Game, Card Game, Marble Run"),
            (),
            _PLAY,
            (8, 69),
            (),
            ("Toys",),
        ),
        Shelf(
            "Nursery",
            words("Sleeping Bag, Swaddle Blanket, Cot Sheet, Changing Mat, Cot Mobile"),
            words("Organic Cotton, Muslin, Wool Felt, Terry"),
            ("for quiet nights", "for the first two years"),
            (12, 119),
            (axes.COLOUR,),
        ),
    ),
)

SPORTS = Department(
    name="Sports & Outdoors",
    brands=words(
        "Altimar, Basecamp Nine, Cairn, Drumlin, Eastface, Fellrunner, Granite Peak, Highline,"
        "Isobar, Kolvik, Longstride, Moraine, Novara, Ridgeway, Talus"
    ),
    adjectives=words("Lightweight, Weatherproof, Hard-wearing, Packable, Fast-drying, Stable"),
    features=(
        "Packs down to the size of a fist.",
        "Made of recycled material that is free of PFAS.",
        "Tried out for two seasons in the Alps.",
        "Reflective details make you visible at night.",
        "Every wearing part can be replaced.",
    ),
    shelves=(
        Shelf(
            "Running",
            words("Running Shoes, Trail Running Shoes, Racing Shoes, Track Spikes"),
            words("Mesh, Recycled Mesh, Ripstop, Knit"),
            _MOVE,
            (59, 219),
            (axes.COLOUR, axes.SHOE),
        ),
        Shelf(
            "Hiking",
            words("Rucksack, Daypack, Dry Bag, Trekking Pack"),
            words("Ripstop Nylon, Recycled Polyester, Canvas, Tarpaulin"),
            _MOVE,
            (29, 259),
            (axes.COLOUR, axes.PACK_LITRES),
        ),
        Shelf(
            "Camping",
            words("Dome Tent, Tunnel Tent, Trekking Tent, Tarp Shelter"),
            words("Ripstop Nylon, Polyester, Polycotton"),
            ("up in five minutes", "dry in the worst of weathers"),
            (79, 690),
            (axes.COLOUR, axes.TENT),
            weight=0.7,
        ),
        Shelf(
            "Cycling",
            words("City Bicycle, Gravel Bicycle, Touring Bicycle, Road Bicycle"),
            words("Steel, Aluminium, Carbon, Titanium"),
            ("for the commute and beyond", "geared for hills"),
            (399, 2900),
            (axes.COLOUR, axes.BICYCLE),
            weight=0.5,
        ),
        Shelf(
            "Fitness",
            words("Dumbbell, Kettlebell, Weight Plate, Medicine Ball"),
            words("Cast Iron, Rubber, Neoprene, Steel"),
            ("for training at home", "kind to floors"),
            (8, 60),
            (axes.DUMBBELL,),
        ),
        Shelf(
            "Drinking Bottles",
            words("Insulated Bottle, Sports Bottle, Flask, Travel Mug"),
            words("Steel, Tritan, Glass, Titanium"),
            ("cold for 24 hours and hot for 12", "that does not leak"),
            (9, 59),
            (axes.COLOUR, axes.LITRES),
        ),
    ),
)

PEOPLE = (CLOTHING, SHOES_AND_ACCESSORIES, BEAUTY, CHILDREN, SPORTS)
