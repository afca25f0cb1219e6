"""The whole system on one machine: an embedded AWS, an embedded Valkey, and the API. Never part of the image."""
