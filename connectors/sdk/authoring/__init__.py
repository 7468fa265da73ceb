"""What the author of a connector is spared: a drafted module, a cut payload, spoilt samples, the next step."""
