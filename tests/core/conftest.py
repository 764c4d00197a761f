import pytest

from bot.core.catalogue import Knowledge
from tests.core.talking import Talk, real_knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The knowledge that is delivered with the program. Nobody may change it."""
    return real_knowledge()


@pytest.fixture
def talk() -> Talk:
    """A learner who has not written yet."""
    return Talk()
