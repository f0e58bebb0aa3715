"""What LEO sees, is told and may answer in each embodiment; a new one is a new file here."""
