"""Reference tables: geography made from the city profile, without any source."""
