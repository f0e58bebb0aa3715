"""CLIPort's Google Scanned Objects, read from a folder that the user has."""
