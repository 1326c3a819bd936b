"""The pictures of the report, a module each; `figures` lists them."""
