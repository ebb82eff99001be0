"""The recipes that made what mtcheck ships trained: anyone can run them again. Nothing here is needed at run time."""
