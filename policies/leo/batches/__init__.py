"""From one decision to the tensors of a batch."""
