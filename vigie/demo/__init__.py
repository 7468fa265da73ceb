"""The demonstration: the whole platform on recorded real feeds, with every real part in it."""
