"""The worlds: Gymnasium environments, simulators, scenes, tasks and their experts."""
