"""Differentiable functions that layers are made of, one file a family.

Import what is needed from its file: `from nn.functional.dropout import dropout`.
"""
