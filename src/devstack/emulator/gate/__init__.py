"""Decide who may call the embedded AWS. The gate stands before MiniStack, which by itself answers every caller.

MiniStack takes the keys `test`, any twelve digits, and none at all for the account's owner, with any signature;
has routes that wipe everything; and lets every page read its answers. The gate lets through what AWS would:

1. from this machine's own pages and from programs only (`devstack.pages`);
2. the emulator's own routes with their token (`control`);
3. what AWS serves unsigned, and nothing else unsigned (`public`);
4. everything else with a valid signature (`signatures`, `forms`).
"""
