"""What every page needs of the program around it."""

from flask import current_app

from bot.wiring import Services


def services() -> Services:
    """Return the services of the application that handles this request."""
    found = current_app.extensions["bot"]
    if not isinstance(found, Services):
        raise TypeError("the application was not made by create_app")
    return found
