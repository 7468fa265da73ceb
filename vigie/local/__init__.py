"""The parts of the platform that run on this machine when no address of a running one is given."""
