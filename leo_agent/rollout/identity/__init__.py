"""What a run is known by: settings, the user's own code, the objects that were given, the content of files."""
