"""Protocols of storage, as the services know it. DynamoDB implements them; the contract tests run on every engine.

Reads are strongly consistent. Every method may raise `app.errors.Unavailable` when the engine does not answer
within its time-outs.

Each process imports the ports that it uses, from the module of each: all of them are a twentieth of a cold start.
"""
