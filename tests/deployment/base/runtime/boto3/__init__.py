raise ImportError("the base's own boto3 was imported, not the locked one")
