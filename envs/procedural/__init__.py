"""Content made by code: furnished houses and objects for the table."""
