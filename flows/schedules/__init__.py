"""What is made again and again: schedules served, turns taken, other programs told."""
