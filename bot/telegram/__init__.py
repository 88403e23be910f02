"""Edge out: Telegram. Handlers answer chats, the sender sends alerts, messages are made purely."""

import os
from typing import Final

# The library's RetryAfter otherwise warns of its own coming change whenever it is raised, and it
# reads this setting at each use (telegram/_utils/datetime.py).
_SETTING: Final = "PTB_TIMEDELTA"
os.environ.setdefault(_SETTING, "true")
