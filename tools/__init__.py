"""What runs before anything is installed: standard library only, and nothing of the project is imported."""
