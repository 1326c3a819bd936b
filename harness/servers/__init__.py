"""The HTTP servers that are downloaded from."""
