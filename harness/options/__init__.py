"""What the command line of pytest asks for, and what of it is refused."""
