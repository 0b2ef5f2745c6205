"""What ours is measured against, each a process of its own."""
