"""The made houses and their data."""

from tests.leo_agent.made_data import houses, made, tables

__all__ = ["houses", "made", "tables"]
