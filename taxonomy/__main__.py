"""``python -m taxonomy`` runs the command line."""

from taxonomy.commands.main import main

main()
