"""The part that decides. No clock, disk, database or network in here; see README.md beside this file."""
