"""`make calibrate` runs its script by its path; the tests find the same modules beside it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
