"""How DynamoDB does it: its items, calls and pages. Run over moto and over the emulator, from `suites`."""
