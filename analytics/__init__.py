"""The algorithms of the platform: pure functions over arrays that know neither Spark nor disk."""
