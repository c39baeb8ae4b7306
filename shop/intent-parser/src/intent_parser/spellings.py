"""One spelling for each word: British and American, singular and plural, short and long."""

from __future__ import annotations

_UNITS = {
    "gramme": "g", "gram": "g", "kilogram": "kg", "kilo": "kg", "kilogramme": "kg",
    "millilitre": "ml", "milliliter": "ml", "mil": "ml", "litre": "l", "liter": "l", "ltr": "l",
    "centimetre": "cm", "centimeter": "cm", "inch": "in", "inche": "in", "metre": "m",
    "meter": "m", "gigabyte": "gb", "gig": "gb", "terabyte": "tb",
}  # fmt: skip
_BRITISH = {
    "color": "colour", "gray": "grey", "jewelry": "jewellery", "aluminum": "aluminium",
    "pajama": "pyjama", "pj": "pyjama", "tee": "tshirt", "tyre": "tire", "fiber": "fibre",
    "sweater": "jumper", "pullover": "jumper", "sneaker": "trainer", "rucksac": "rucksack",
    "couch": "sofa", "settee": "sofa", "tv": "television", "telly": "television",
    "refrigerator": "fridge", "cellphone": "smartphone", "phone": "smartphone", "creme": "cream",
    "bike": "bicycle",
    "lippy": "lipstick", "diaper": "nappy", "flashlight": "torch", "wrench": "spanner",
    "pruner": "secateur", "moisturizer": "moisturiser", "cozy": "cosy", "sunglas": "sunglass",
    "childrens": "children", "womens": "women", "mens": "men", "woman": "women", "man": "men",
    "kid": "children", "child": "children", "ladies": "women", "lady": "women", "gent": "men",
    "hoody": "hoodie", "cardi": "cardigan", "brolly": "umbrella", "choc": "chocolate",
}  # fmt: skip
STANDARD: dict[str, str] = {
    **_UNITS, **_BRITISH,
    "t shirt": "tshirt", "extra large": "xl", "extra small": "xs", "tee shirt": "tshirt",
    "e book": "ebook", "sun glass": "sunglass",
    "ear bud": "earbud", "smart phone": "smartphone",
    "mobile phone": "smartphone", "cell phone": "smartphone", "note book": "notebook",
    "head phone": "headphone", "ear phone": "earphone", "check out": "checkout",
    "lap top": "laptop", "hand bag": "handbag", "back pack": "backpack", "mac book": "macbook",
    "i phone": "iphone", "i pad": "ipad", "air pod": "airpod", "tooth brush": "toothbrush",
}  # fmt: skip
"""What is written → its standard form; the singular is looked up."""

_UNCHANGED = frozenset(
    [
        "bus",
        "gas",
        "plus",
        "is",
        "this",
        "his",
        "us",
        "was",
        "has",
        "as",
        "its",
        "yes",
        "less",
        "across",
        "always",
        "perhaps",
        "unless",
        "swiss",
        "adidas",
        "levis",
        "always",
        "xs",
        "s",
        "chanel",
        "does",
        "dress",
        "glass",
        "press",
        "cross",
        "bass",
        "gloss",
        "moss",
        "brass",
    ]
)


def standard(form: str) -> str:
    """The one spelling of a word in small letters: `knives` → `knif`, `colors` → `colour`."""
    if form in STANDARD:
        return STANDARD[form]
    one = singular(form)
    return STANDARD.get(one, one)


def singular(form: str) -> str:
    """A stem that singular and plural share; no word of its own right: `knife` → `knif`."""
    if len(form) < 4 or form in _UNCHANGED:
        return form
    if form.endswith("ies") and len(form) > 4:
        return form[:-3] + "y"
    if form.endswith("ves"):
        return form[:-3] + ("f" if form[-4] in "ialreo" else "v")
    if form.endswith("fe"):
        return form[:-1]
    if form.endswith(("sses", "shes", "ches", "xes", "zes", "oes")):
        return form[:-2]
    if form.endswith("s") and not form.endswith(("ss", "us", "is")):
        return form[:-1]
    return form
