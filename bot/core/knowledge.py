"""The knowledge as the bot uses it: models of the files and what is made of them."""


class Knowledge:
    """All knowledge of one folder, checked and ready to answer. `version` names its content."""

    version: str
