"""The settings of one deployment, read once from the environment.

Each process has a module with its own kind of settings, so that a cold start builds no other. A field is the variable
of its name in capitals, and `from_env` refuses values that would be unsafe to serve with.
"""
