"""What an operator does with leads on the command line."""
