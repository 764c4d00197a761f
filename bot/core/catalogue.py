"""What the bot answers from: the knowledge files made ready for look-up."""

from bot.core.knowledge import Folder


class Knowledge:
    """All knowledge of one folder, checked and ready to answer. `version` names its content."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.version = folder.version
