"""The knowledge as editors see it: what stands in the files, what becomes of it, and who asks for it.

The page consists of sections. To add one called `due`: write a module beside this one whose function takes the
`Reader` and returns what the section shows, or None while there is nothing to show; write the template
`templates/knowledge/_due.html`, which finds that as `part`; and add one line to `SECTIONS` in `sections.py`. The frame
gives heading and place. Views of its own go to the blueprint `bp`, which is open to editors and admins only; import the
module below, so that they are registered.
"""

from bot.web.knowledge import chat, entries, pages, proposals
from bot.web.knowledge.blueprint import bp

__all__ = ["bp", "chat", "entries", "pages", "proposals"]
