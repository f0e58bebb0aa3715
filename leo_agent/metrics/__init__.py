"""3D-language tasks: how answers in words are judged."""

from leo_agent.metrics.captions.scoring import score_captions

__all__ = ["score_captions"]
