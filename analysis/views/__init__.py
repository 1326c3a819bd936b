"""What is said of each finding: its document, and the sentences in it."""
