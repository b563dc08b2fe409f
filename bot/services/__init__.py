"""What a person asks for, put together from clients and store."""
