"""The commands of `leo-agent`, one file each."""
