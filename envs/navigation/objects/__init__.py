"""The object clouds of an episode: of the whole scene or as far as seen, true or as a detector would find them."""
