"""What is trained: each task a reader of datasets, its prompts, and the metrics of its validation, under a name.

A new task is one new file here.
"""
