"""What people look at and decide between preview and render."""
