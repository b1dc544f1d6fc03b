"""What happens to a beacon: from its bytes to a released group."""
