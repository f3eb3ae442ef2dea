"""Clinic files become pages: checks, releases, preview and the signed directory."""
