"""3D-language tasks: how answers in words are judged."""
