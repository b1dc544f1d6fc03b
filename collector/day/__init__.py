"""What happens to the hits of one day: a pure fold over hits and publish ticks."""
