"""What patients send, kept safe and never let go of."""
