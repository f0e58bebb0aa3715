"""The measures of navigation: one registered function each."""
