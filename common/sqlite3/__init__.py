"""Django's SQLite with a queue for those who write: the database's ENGINE where nothing else is installed."""
