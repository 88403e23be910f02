"""Edge in: feeds are fetched and parsed here, and nowhere else."""
