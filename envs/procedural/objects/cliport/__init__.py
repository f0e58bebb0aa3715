"""Shapes of CLIPort's and Ravens' own objects, made by code; one module each."""
