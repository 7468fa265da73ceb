"""One file per promise: each measures ours and its peers side by side in one run and says so in a table."""
