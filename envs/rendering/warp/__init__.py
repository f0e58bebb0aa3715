"""The renderer on an NVIDIA GPU, many views in one batch."""
