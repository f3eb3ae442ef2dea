"""Every process on one machine, without Docker: what make run starts."""
