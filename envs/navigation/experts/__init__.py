"""Who answers `expert_action()` in navigation."""
