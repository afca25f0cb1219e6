raise ImportError("the base's own botocore was imported, not the locked one")
