"""What runs say, for a reader who will not read tables: an answer in words, pictures, and a page with both."""
