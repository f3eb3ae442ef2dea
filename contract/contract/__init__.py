"""What the services promise each other: documents, events, settings, log fields."""
