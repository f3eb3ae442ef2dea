"""The right person is told, and it is on record."""
