"""Descriptions of the groups of routes, in the order in which a client meets them."""

TAGS = [
    {"name": "Sign-in", "description": "Sign up, in and out; reset a forgotten password."},
    {"name": "Account", "description": "The caller's own account: profile, password, export, deletion."},
    {"name": "To-dos", "description": "The caller's to-dos: filters, versions, safe repetition."},
    {"name": "Files", "description": "The caller's files, uploaded to and downloaded from S3 directly."},
    {"name": "Administration", "description": "For members of the Cognito group `admin`."},
    {"name": "Service", "description": "Whether the service runs."},
]
