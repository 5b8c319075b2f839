"""A sheet of products: its rows read, made into films, and told in a results file."""
