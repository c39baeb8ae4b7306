"""Python runs this at its start where the folder is on PYTHONPATH: it seeds the bug of SHOP_BUG."""

import os

if os.environ.get("SHOP_BUG"):
    import seeding

    seeding.seed(os.environ["SHOP_BUG"])
