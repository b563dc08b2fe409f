"""Both token-listing services, as strict as the real ones."""
