"""The OpenAPI document. Imported when it is asked for: a cold start must not pay for it."""
