"""Who answers `expert_action()` on the table."""
