"""SQL text: one statement a file, the first line a comment that says the question."""
