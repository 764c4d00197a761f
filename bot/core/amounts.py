"""Numbers with their nouns, as people read them."""

from collections.abc import Mapping


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 link` or `2,000 links`; `many` is the plural where it takes more than an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def more_or_less(differences: Mapping[str, int]) -> str:
    """Return `+1 comparison, -3 phrases`. By noun in the plural, which ends in s; empty if there is none."""
    return ", ".join(
        f"{number:+,} {nouns.removesuffix('s') if abs(number) == 1 else nouns}" for nouns, number in differences.items()
    )
