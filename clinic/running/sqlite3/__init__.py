"""Django's SQLite with two additions: those who write take turns; triggers may look into other tables."""
