"""Ids made of names."""

import re


def slug(text: str, joint: str = "_") -> str:
    """Small letters, digits and the joint. It begins with a letter; a text without letters gives "entry"."""
    words = re.findall("[a-z0-9]+", text.casefold())
    return joint.join(words).lstrip("0123456789" + joint) or "entry"
