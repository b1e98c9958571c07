"""Django's SQLite with one addition: those who write take turns."""
