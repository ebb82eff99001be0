"""Reference models: one file a family. Heavy imports (torch, transformers) happen when a model is loaded."""
