"""What happens in the city, whoever sees it."""
