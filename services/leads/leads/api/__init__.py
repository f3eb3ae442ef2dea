"""Requests as JSON, from the clinic's own pages, other sites and other programs."""
