"""Rules: one folder a family, one file a rule, its cases in the YAML file beside it."""
