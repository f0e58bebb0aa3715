"""Words and token ids: tokenizers, prompts, action tokens."""
