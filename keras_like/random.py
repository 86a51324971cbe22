"""Seeds and generators, by Keras's names."""

from nn.random import SeedGenerator, seed_scope, set_random_seed

__all__ = ["SeedGenerator", "seed_scope", "set_random_seed"]
