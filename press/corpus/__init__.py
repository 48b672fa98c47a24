"""Synthetic releases in any number, for trying out and measuring what an archive of that size does."""
