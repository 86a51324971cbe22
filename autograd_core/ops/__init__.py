"""The operators, one file a family. Importing this package fills the registry.

`random` is a family of its own kind: its functions take a generator and are not in the registry.
"""

# ruff: noqa: F403
from autograd_core.ops.contraction import *
from autograd_core.ops.cumulative import *
from autograd_core.ops.decompositions import *
from autograd_core.ops.diagonals import *
from autograd_core.ops.elementwise import *
from autograd_core.ops.exponential import *
from autograd_core.ops.exponential_sums import *
from autograd_core.ops.gathering import *
from autograd_core.ops.indexing import *
from autograd_core.ops.joining import *
from autograd_core.ops.likes import *
from autograd_core.ops.linalg import *
from autograd_core.ops.matrix_functions import *
from autograd_core.ops.nanreductions import *
from autograd_core.ops.norms import *
from autograd_core.ops.predicates import *
from autograd_core.ops.reductions import *
from autograd_core.ops.selection import *
from autograd_core.ops.shape import *
from autograd_core.ops.sigmoids import *
from autograd_core.ops.solving import *
from autograd_core.ops.sorting import *
from autograd_core.ops.special import *
from autograd_core.ops.statistics import *
from autograd_core.ops.tiling import *
from autograd_core.ops.trigonometric import *
from autograd_core.primitive import REGISTRY

__all__ = [*REGISTRY]  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]
