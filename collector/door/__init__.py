"""What happens to one beacon: a pure function of its bytes, headers, peer, the time and the settings."""
