"""The application of Vigie: the `vigie` command, its settings, the local stack and the demonstration."""
