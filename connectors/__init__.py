"""How data comes in: one public module here is one source connector; ``connectors.sdk`` is what they stand on."""
