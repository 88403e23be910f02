"""``python -m bot`` is the same as the command ``tocsin``."""

from bot.cli import main

if __name__ == "__main__":
    main()
