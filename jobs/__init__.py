"""How tables are made: the only folder that knows Spark and Delta."""
