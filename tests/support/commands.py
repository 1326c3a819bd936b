"""`python -m analysis` in this process: what it prints, and what it says to bad input."""

from pathlib import Path

from typer.testing import CliRunner, Result

from analysis.cli.main import app


def analysis(*arguments: str | Path, columns: int = 200) -> Result:
    """How the command ends, on a terminal of that width."""
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": str(columns)})


def printed(*arguments: str | Path, columns: int = 200) -> str:
    """What the command prints, which ends well."""
    outcome = analysis(*arguments, columns=columns)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def refused(*arguments: str | Path) -> str:
    """What the command says to bad input: a sentence, exit code 2, and nothing where results go."""
    outcome = analysis(*arguments)
    assert (outcome.exit_code, outcome.stdout) == (2, ""), outcome.output
    assert isinstance(outcome.exception, SystemExit)
    lines = outcome.stderr.splitlines()
    assert lines[-1].startswith("Error: ") or lines[0].startswith("Usage: ")
    return " ".join(outcome.stderr.replace("│", " ").split())
