"""The table of the methods that the server knows."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.botapi.wire import Params
from tests.botapi.world import World

Method = Callable[[World, Params], Awaitable[Any]]

METHODS: dict[str, tuple[str, Method]] = {}
"""By name in lower case: the name as documented, and what carries the method out."""


def method(name: str) -> Callable[[Method], Method]:
    """Register what carries out the method ``name``."""

    def register(function: Method) -> Method:
        METHODS[name.lower()] = (name, function)
        return function

    return register
