"""habitat-lab's ObjectNav as a Gymnasium environment; habitat-lab is imported when the environment is made."""
