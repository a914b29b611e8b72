"""The command line: `app` is the Typer application, `main` the entry point, one module for each family of commands."""
