"""The optimisation of a model on batches: steps, schedule, state on disk."""
