"""What staff, the API and the scheduler read: reports of whole groups."""
