"""What the data is: contracts, code lists, rules and city profiles, and the checks derived from them.

This package imports nothing else of the project; every other package imports it.
"""
