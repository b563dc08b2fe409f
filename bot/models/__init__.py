"""What the bot talks about: frozen records, all times in UTC."""
