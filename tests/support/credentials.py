"""The credentials of this test process: of its environment, and of every embedded AWS that it starts itself."""

from devstack.credentials import Credentials

CREDENTIALS = Credentials.generate()
