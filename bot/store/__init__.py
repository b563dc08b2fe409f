"""What the bot remembers: every record in Redis, sealed by the vault where it is not public."""
