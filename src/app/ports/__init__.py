"""Protocols of what the services use, with the plain values that pass through them.

Each process imports the ports that it uses, from the module of each: all of them are a twentieth of a cold start.
"""
