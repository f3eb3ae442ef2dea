"""Which requests look like spam.  They are held, never dropped, and answered like any other."""
