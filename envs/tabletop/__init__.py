"""The tabletop world: CLIPort's workspace, robot, cameras, language and scores, simulated with PyBullet."""
