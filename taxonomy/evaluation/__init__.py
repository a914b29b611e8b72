"""Evaluation: how far the taxonomy agrees with what people said."""
