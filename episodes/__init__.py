"""The record: schema, writer and reader of demonstrations and of results."""
