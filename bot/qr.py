"""Pictures of addresses that phones read with their cameras."""

import io
from typing import Final

import segno

_POINTS: Final = 8
"""Pixels of a PNG's smallest square: enough to print it three centimetres wide."""


def svg(address: str) -> bytes:
    """Draw an address as a QR code that can be printed at any size: black on white, with the white border it needs."""
    return _drawn(address, "svg", scale=4, light="#fff", omitsize=True)


def png(address: str) -> bytes:
    """Draw the same for programs that take no SVG."""
    return _drawn(address, "png", scale=_POINTS)


def _drawn(address: str, kind: str, **options: object) -> bytes:
    drawing = io.BytesIO()
    # Micro codes are smaller, and many cameras do not read them.
    segno.make(address, micro=False).save(drawing, kind=kind, **options)
    return drawing.getvalue()
