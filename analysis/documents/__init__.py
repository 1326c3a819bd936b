"""Documents: what is shown of a finding, as plain blocks, and what turns them into text, Markdown, HTML and JSON."""
