"""What the variants of a product differ in."""

from __future__ import annotations

from dataclasses import dataclass

from shop_catalogue.words import COLOURS, words


@dataclass(frozen=True)
class Axis:
    name: str
    values: tuple[str, ...]
    scale: bool = True  # the values rise in one direction, and a product has neighbours of them
    step: float = 1.0  # how many times dearer each value is than the one before it
    most: int = 4  # values of one product


COLOUR = Axis("Colour", COLOURS, scale=False, most=3)
FINISH = Axis("Finish", words("Matt, Gloss, Brushed, Natural, Antique"), scale=False, most=2)
WOOD = Axis("Wood", words("Oak, Walnut, Ash, Beech, Pine, Acacia"), scale=False, most=2)
SCENT = Axis(
    "Scent",
    words("Unscented, Lavender, Cedar, Bergamot, Rose, Sea Salt, Vanilla, Green Tea, Neroli"),
    scale=False,
    most=3,
)
FLAVOUR = Axis(
    "Flavour",
    words("Original, Dark Chocolate, Salted Caramel, Lemon, Ginger, Hazelnut, Chilli, Vanilla"),
    scale=False,
    most=3,
)
ROAST = Axis("Roast", words("Light, Medium, Dark"), most=2)
GRIND = Axis("Grind", words("Whole Bean, Espresso, Filter, French Press"), scale=False, most=3)

SIZE = Axis("Size", words("XXS, XS, S, M, L, XL, XXL, 3XL"))
SHOE = Axis("Size", words("35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47"))
WAIST = Axis("Waist", words("26, 28, 30, 32, 34, 36, 38, 40"), most=3)
LENGTH = Axis("Length", words("30, 32, 34"), most=2)
AGE = Axis("Age", words("0–3 months, 3–6 months, 6–12 months, 1–2 years, 3–4 years, 5–6 years"))
RING = Axis("Size", words("48, 50, 52, 54, 56, 58, 60, 62"))
BED = Axis("Size", words("Single, Double, King, Super King"), step=1.25)
RUG = Axis("Size", words("60 × 90 cm, 120 × 170 cm, 160 × 230 cm, 200 × 300 cm"), step=1.7, most=3)
DISH = Axis("Diameter", words("16 cm, 20 cm, 24 cm, 28 cm, 32 cm"), step=1.18, most=3)
LITRES = Axis("Capacity", words("0.5 l, 0.75 l, 1 l, 1.5 l, 2 l, 3 l"), step=1.15, most=3)
PACK_LITRES = Axis("Capacity", words("18 l, 24 l, 32 l, 45 l, 60 l"), step=1.2, most=3)
STORAGE = Axis("Capacity", words("64 GB, 128 GB, 256 GB, 512 GB, 1 TB, 2 TB"), step=1.3, most=3)
MEMORY = Axis("Memory", words("8 GB, 16 GB, 32 GB, 64 GB"), step=1.2, most=2)
CABLE = Axis("Length", words("0.5 m, 1 m, 2 m, 3 m, 5 m"), step=1.25)
SCREEN = Axis("Screen", words("24 in, 27 in, 32 in, 43 in, 50 in, 55 in, 65 in"), step=1.25, most=3)
MILLILITRES = Axis("Volume", words("30 ml, 50 ml, 100 ml, 200 ml, 400 ml"), step=1.4, most=3)
GRAMS = Axis("Weight", words("100 g, 250 g, 500 g, 1 kg"), step=1.8, most=3)
KIBBLE = Axis("Weight", words("1 kg, 2.5 kg, 7 kg, 12 kg"), step=2.0, most=3)
DUMBBELL = Axis("Weight", words("2 kg, 4 kg, 6 kg, 8 kg, 10 kg, 12 kg, 16 kg, 20 kg"), step=1.25)
BICYCLE = Axis("Frame", words("48 cm, 51 cm, 54 cm, 57 cm, 60 cm"))
TENT = Axis("Sleeps", words("1 person, 2 people, 3 people, 4 people, 6 people"), step=1.3, most=3)
POT = Axis("Diameter", words("12 cm, 16 cm, 22 cm, 30 cm, 40 cm"), step=1.45)
HOSE = Axis("Length", words("10 m, 15 m, 25 m, 50 m"), step=1.4, most=3)
PAPER = Axis("Format", words("A6, A5, A4, A3"), step=1.4, most=3)
PACK = Axis("Pack", words("1, 3, 5, 10"), step=2.2, most=3)
BINDING = Axis("Binding", words("E-book, Paperback, Hardback"), step=1.4, most=3)
PET = Axis("Size", words("XS, S, M, L, XL"), step=1.15)
SCREWDRIVER = Axis("Set", words("6 pieces, 12 pieces, 24 pieces, 48 pieces"), step=1.5, most=3)
