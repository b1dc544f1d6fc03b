"""Coroutines in tests: a loop of their own, whatever loop the browser's driver has left in the worker's main thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def run(story: Coroutine[object, object, T]) -> T:
    """What the coroutine returns, run to its end in another thread.

    Playwright's synchronous interface keeps a loop running in the main thread as long as a browser is open; there
    `asyncio.run` refuses, so whether a test passed hung on which tests its worker had run before.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()
