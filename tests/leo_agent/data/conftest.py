"""The made houses and their data."""

from tests.leo_agent.made_data import houses, made

__all__ = ["houses", "made"]
