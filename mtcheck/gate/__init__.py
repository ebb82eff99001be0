"""The gate: policy in, verdict out."""
