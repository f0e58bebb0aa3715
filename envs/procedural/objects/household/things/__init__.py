"""The household things themselves, one module a family."""
