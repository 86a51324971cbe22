"""References for the forward results of all operators, each computed another way than theirs.

Every module here holds a dict `REFERENCES`: operator name -> a function of plain NumPy arrays with
the operator's arguments. The merged dict is what the generated tests look names up in.
"""

import importlib
import pkgutil

REFERENCES = {}
for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    _family = getattr(importlib.import_module(_module.name), "REFERENCES", {})
    _twice = _family.keys() & REFERENCES.keys()
    if _twice:
        raise ValueError(f"{_module.name}: {sorted(_twice)} have a reference in another family too")
    REFERENCES.update(_family)
