"""Who follows a run: videos and demonstrations beside the environment; results, progress, datasets beside the loop."""
