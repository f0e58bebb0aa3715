"""The 3D-language sets of LEO's paper, one file each: how they are read, and how ours are written alike."""
