"""Workers: where the environments of a run live, in this process or in processes of their own."""
