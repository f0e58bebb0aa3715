"""The network: encoders, spatial transformer, language model."""
