"""The doors: what the outside speaks with. Each parses, knows who asks, opens the transaction, and calls the rooms."""
