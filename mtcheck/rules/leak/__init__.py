"""LEAK: what a web page, a content system or a translator left in the text."""
