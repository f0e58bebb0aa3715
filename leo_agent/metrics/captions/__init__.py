"""The published scorers of captions: BLEU, ROUGE-L, CIDEr-D, METEOR, and similarity of meaning."""
