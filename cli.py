"""Run the command line from a checkout: ``python cli.py ancestors dog``."""

from taxonomy.commands.main import main

if __name__ == "__main__":
    main()
