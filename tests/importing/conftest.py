from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.importing.importing import Imported, imported


@pytest.fixture(scope="session")
def imported_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Imported]:
    """Imports a page with these options, once for all tests, which only read what came of it."""

    @cache
    def once(page: Path, *options: str) -> Imported:
        return imported(page, tmp_path_factory.mktemp("imported") / "knowledge", *options)

    return once
