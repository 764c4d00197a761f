"""Makes the browser and the server known to every test of the pages; each runs once for all of them."""

from tests.browser import chromium, server

__all__ = ["chromium", "server"]
