"""Columns named in the city profile: the settings, what each column reads, and what is kept of an element."""
