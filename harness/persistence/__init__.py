"""What becomes of a run: it is saved whole, or kept in a journal and gone on with."""
