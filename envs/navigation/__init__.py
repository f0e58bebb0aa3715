"""Object-goal navigation with the rules, files and numbers of Habitat."""
