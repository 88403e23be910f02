"""What holds for all tests."""

import os

from hypothesis import settings

# Decisions are tested, not the speed of a busy machine.
settings.register_profile("tocsin", deadline=None)
settings.load_profile("tocsin")

# The library's old form of a waiting time warns, and warnings are errors.
os.environ["PTB_TIMEDELTA"] = "1"
