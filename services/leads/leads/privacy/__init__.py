"""A person's rights: what is stored about somebody is found, handed over and erased."""
