"""3D-language data: the paper's sets, and the same sets made from procedural houses whose truth is known."""
