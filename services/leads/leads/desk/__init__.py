"""The desk: where staff find who waits for a call, call, and say how it went."""
