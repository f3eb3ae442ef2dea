"""Speed of a running copy, measured; never part of the tests."""
