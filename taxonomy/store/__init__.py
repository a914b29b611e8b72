"""The SQLite file: `read` needs the standard library only, `write` makes and loads drafts."""
