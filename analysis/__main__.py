"""`python -m analysis VERB`."""

from analysis.cli.main import app

app(prog_name="python -m analysis")
