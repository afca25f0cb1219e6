"""How each storage engine does what the contracts ask of all."""
