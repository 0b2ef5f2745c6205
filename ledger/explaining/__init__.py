"""What a policy does to one holding, and when, in plain words."""
