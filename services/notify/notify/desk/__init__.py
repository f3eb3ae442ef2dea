"""Alert settings as the desk shows and changes them."""
