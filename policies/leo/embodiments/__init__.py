"""What LEO sees, is asked and may answer in each embodiment; a new one is a new file here."""
