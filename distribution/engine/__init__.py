"""The transmit engine: claims due deliveries, sends them, records what came of it."""
