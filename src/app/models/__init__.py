"""The things the product is about, as plain values. No storage, no HTTP.

Each process imports those that it uses: making all of these classes is a twentieth of a cold start.
"""
