"""Where a task puts its objects before anything moves."""
