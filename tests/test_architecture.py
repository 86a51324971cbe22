"""The architecture, read from the source: imports go down only, and what else must stay true.

The first half is the checker, the second half runs it on the packages and on small trees that
break one rule each.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STOREYS = ("autograd_core", "nn", "keras_like")  # the lowest first
MAX_LINES = 450
SLOW_TO_IMPORT = ("numba", "llvmlite", "hypothesis", "matplotlib", "rich", "scipy")


@dataclass(frozen=True)
class Permit:
    """Where a dependency may be imported: path prefixes, and whether only inside functions."""

    where: tuple[str, ...]
    lazily: bool = False


# A new dependency needs a line here and one in pyproject.toml.
PERMITTED = {
    "numpy": Permit(("autograd_core/", "nn/", "keras_like/")),
    "numba": Permit(("autograd_core/", "nn/")),
    "llvmlite": Permit(("autograd_core/", "nn/")),
    "rich": Permit(("keras_like/",)),
    "matplotlib": Permit(("keras_like/",), lazily=True),
    "hypothesis": Permit(("autograd_core/testing",)),
}

# No code is run from a file of data, and nothing is fetched.
FORBIDDEN_STDLIB = (
    *("marshal", "pickle", "shelve"),
    *("ftplib", "http", "socket", "ssl", "urllib.request", "xmlrpc"),
)

# Folders of one machine. /proc and /sys describe any Linux machine and may be read.
MACHINE_PATH = re.compile(
    r"(?<![\w.~/:>}-])/(?:Users|data|home|media|mnt|opt|private|root|srv|tmp|usr|var|work)/\w"
    r"|(?<!\w)[A-Za-z]:(?:\\{1,2}|/)(?:Users|Program Files|Windows|Temp)\b"
)


@dataclass(frozen=True)
class Import:
    """``import target``, or ``from parent import name`` as target ``parent.name``."""

    target: str
    line: int
    lazy: bool  # inside a function, or for the type checker only
    bound: dict[str, str]  # local name: dotted name of what it may stand for


class Collector(ast.NodeVisitor):
    """Every import of a module, also those in functions and by ``import_module("name")``."""

    def __init__(self, package: str) -> None:
        self.package = package  # the dotted name that relative imports start from
        self.imports: list[Import] = []
        self.lazy = 0

    def add(self, target: str, node: ast.AST, bound: dict[str, str]) -> None:
        self.imports.append(Import(target, node.lineno, self.lazy > 0, bound))

    def absolute(self, module: str, level: int) -> str:
        """The dotted name of a relative import; one that leaves the package begins with a dot."""
        if level == 0:
            return module
        parts = self.package.split(".")
        base = parts[: len(parts) - level + 1] or [""]
        return ".".join([*base, module]) if module else ".".join(base)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.split(".")[0]
            self.add(alias.name, node, {alias.asname: alias.name} if alias.asname else {top: top})

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        parent = self.absolute(node.module or "", node.level)
        for alias in node.names:
            target = parent if alias.name == "*" else f"{parent}.{alias.name}"
            self.add(target, node, {alias.asname or alias.name: target})

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        function = function.id if isinstance(function, ast.Name) else function
        first = node.args[0] if node.args else None
        if (
            function in ("import_module", "__import__")
            and isinstance(first, ast.Constant)
            and isinstance(first.value, str)
        ):
            module = first.value.lstrip(".")
            self.add(self.absolute(module, len(first.value) - len(module)), node, {})
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        typing_only = ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        self.lazy += typing_only
        for child in node.body:
            self.visit(child)
        self.lazy -= typing_only
        for child in node.orelse:
            self.visit(child)

    def visit_inside(self, node: ast.AST) -> None:
        self.lazy += 1
        self.generic_visit(node)
        self.lazy -= 1

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_inside


def is_private(name: str) -> bool:
    dunder = name.startswith("__") and name.endswith("__")
    return name.startswith("_") and not dunder


def fault_of_import(path: str, item: Import) -> str | None:
    """What is wrong with an import in the file ``path``, or None."""
    own = path.split("/")[0]
    top, *rest = item.target.split(".")
    if top == own:
        return None
    if not top:
        return "a relative import leaves the package"
    if top in STOREYS:
        if STOREYS.index(top) > STOREYS.index(own):
            return f"{own} imports {item.target}: imports go down only, {top} stands above {own}"
        if any(map(is_private, rest)):
            return f"{item.target} is private to {top}; import a public name"
        return None
    if top in sys.stdlib_module_names:
        if any(f"{item.target}.".startswith(f"{name}.") for name in FORBIDDEN_STDLIB):
            return f"{item.target} is forbidden: no pickle, no network"
        return None
    permit = PERMITTED.get(top)
    if permit is None:
        return f"{top} is no dependency of the packages"
    if not path.startswith(permit.where):
        return f"{top} may be imported in {', '.join(permit.where)} only"
    if permit.lazily and not item.lazy:
        return f"{top} may be imported inside functions only"
    if any(map(is_private, rest)):
        return f"{item.target} is private to {top}; import a public name"
    return None


def faults_of_attributes(
    own: str, tree: ast.Module, imports: list[Import]
) -> Iterator[tuple[int, str]]:
    """Private names reached through a name of another storey: ``graph._state``, ``Tensor._x``."""
    foreign = {
        name: dotted
        for item in imports
        for name, dotted in item.bound.items()
        if dotted.split(".")[0] in STOREYS and dotted.split(".")[0] != own
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            base = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and base.id in foreign:
                top = foreign[base.id].split(".")[0]
                yield node.lineno, f"{ast.unparse(node)} is private to {top}; use a public name"


def violations(root: Path) -> list[str]:
    """Every breach of the rules in the three packages under ``root``, as ``path:line: what``."""
    found = []
    for file in sorted(file for storey in STOREYS for file in (root / storey).rglob("*.py")):
        path = file.relative_to(root).as_posix()
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source, path)
        collector = Collector(".".join(file.relative_to(root).parent.parts))
        collector.visit(tree)
        faults = [
            (item.line, fault)
            for item in collector.imports
            if (fault := fault_of_import(path, item))
        ]
        faults += faults_of_attributes(path.split("/")[0], tree, collector.imports)
        faults += [
            (number, f"a path of one machine: {match.group()}...")
            for number, text in enumerate(source.splitlines(), start=1)
            if (match := MACHINE_PATH.search(text))
        ]
        found += [f"{path}:{line}: {fault}" for line, fault in sorted(faults)]
    return found


def long_files(root: Path) -> list[str]:
    """Python files under ``root``'s own folders that have more than ``MAX_LINES`` lines."""
    folders = (*STOREYS, "benchmarks", "scripts", "tests")
    files = sorted(file for folder in folders for file in (root / folder).rglob("*.py"))
    sizes = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    return [
        f"{file.relative_to(root).as_posix()}: {size} lines"
        for file, size in sizes.items()
        if size > MAX_LINES
    ]


def folders_left_out(root: Path) -> list[str]:
    """Folders with modules but no ``__init__.py``: they work here and are missing in a wheel."""
    folders = {file.parent for storey in STOREYS for file in (root / storey).rglob("*.py")}
    return sorted(
        folder.relative_to(root).as_posix()
        for folder in folders
        if not (folder / "__init__.py").is_file()
    )


def slow_modules_loaded_by(package: str, folder: Path) -> list[str]:
    """Which of SLOW_TO_IMPORT a fresh interpreter has loaded after ``import package``."""
    program = f"import sys, {package}; print(*[m for m in {SLOW_TO_IMPORT!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


# the packages


def test_packages_keep_the_rules():
    found = violations(ROOT)
    assert not found, "\n" + "\n".join(found)


def test_every_storey_is_there_and_typed():
    for storey in STOREYS:
        assert (ROOT / storey / "__init__.py").is_file(), f"{storey} is missing or moved"
        assert (ROOT / storey / "py.typed").is_file()


def test_every_folder_is_packaged():
    assert folders_left_out(ROOT) == []


def test_files_are_short():
    found = long_files(ROOT)
    assert not found, f"more than {MAX_LINES} lines; one idea a file:\n" + "\n".join(found)


@pytest.mark.parametrize("package", STOREYS)
def test_import_loads_no_slow_module(package):
    """Start-up time: these are for the first kernel, the first table, the first plot."""
    assert slow_modules_loaded_by(package, ROOT) == []


# the checker


@pytest.fixture
def tree(tmp_path):
    """Write files under a fresh root that has the three packages; return the violations."""

    def check(**files: str) -> list[str]:
        for storey in STOREYS:
            for name in ("__init__.py", "_hidden.py", "open.py"):
                (tmp_path / storey).mkdir(exist_ok=True)
                (tmp_path / storey / name).touch()
        for path, source in files.items():
            file = tmp_path / f"{path.replace('__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source)
        return violations(tmp_path)

    return check


UPWARD = {
    "plain": ("autograd_core__a", "import nn"),
    "submodule": ("autograd_core__a", "import keras_like.open as k"),
    "from": ("nn__a", "from keras_like import open"),
    "from deep": ("nn__layers__a", "from keras_like.open import x"),
    "in a function": ("nn__a", "def f():\n    import keras_like"),
    "in a method": (
        "nn__a",
        "class A:\n    async def f(self):\n        from keras_like import open",
    ),
    "in a try": ("nn__a", "try:\n    pass\nexcept ImportError:\n    import keras_like"),
    "in an else": ("nn__a", "if 0:\n    pass\nelse:\n    import keras_like"),
    "for types": (
        "nn__a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras_like",
    ),
    "by name": ("nn__a", "import importlib\nimportlib.import_module('keras_like.open')"),
    "by bare name": (
        "nn__a",
        "from importlib import import_module as _\nimport_module('keras_like')",
    ),
    "by name in a call": ("nn__a", "import importlib as i\nprint(i.import_module('keras_like').x)"),
    "by __import__": ("nn__a", "f = lambda: __import__('keras_like')"),
}


@pytest.mark.parametrize("kind", UPWARD)
def test_upward_import_is_caught(tree, kind):
    path, source = UPWARD[kind]
    (found,) = tree(**{path: source})
    line = source.count("\n") + 1  # the last one in each of these
    assert re.match(rf"{path.replace('__', '/')}\.py:{line}: .*imports go down only", found)


PRIVATE = {
    "module": "from autograd_core import _hidden",
    "submodule": "import autograd_core._hidden as h",
    "name": "from autograd_core.open import _name",
    "name in it": "from autograd_core._hidden import name",
    "in a function": "def f():\n    from autograd_core.open import _name",
    "by name": "import importlib\nimportlib.import_module('autograd_core._hidden')",
    "attribute": "import autograd_core\nx = autograd_core._hidden",
    "deep attribute": "import autograd_core as ac\nx = ac.open._name.y()",
    "attribute of a class": "from autograd_core.open import Tensor\nx = Tensor._make()",
    "attribute of a module": "from autograd_core import open as o\no._name = 1",
    "another library": "from numpy._core import umath",
}


@pytest.mark.parametrize("kind", PRIVATE)
def test_private_name_is_caught(tree, kind):
    (found,) = tree(nn__a=PRIVATE[kind])
    assert re.match(r"nn/a\.py:\d: .* is private to (autograd_core|numpy)", found)


FOREIGN = {
    "unknown": ("nn__a", "import torch", "torch is no dependency"),
    "unknown, lazily": (
        "nn__a",
        "def f():\n    from scipy import special",
        "scipy is no dependency",
    ),
    "unknown beside known": ("nn__a", "import os, torch, numpy", "torch is no dependency"),
    "our tests": ("nn__a", "from tests import helpers", "tests is no dependency"),
    "hypothesis": ("autograd_core__a", "import hypothesis", "autograd_core/testing only"),
    "hypothesis above": ("nn__testing", "import hypothesis", "autograd_core/testing only"),
    "numba above": ("keras_like__a", "from numba import njit", "autograd_core/, nn/ only"),
    "rich below": ("nn__a", "import rich.table", "keras_like/ only"),
    "matplotlib at once": ("keras_like__a", "import matplotlib.pyplot", "inside functions only"),
    "matplotlib in a class": (
        "keras_like__a",
        "class A:\n    import matplotlib.pyplot as plt",
        "inside functions only",
    ),
    "pickle": ("keras_like__a", "def f():\n    import pickle", "no pickle, no network"),
    "urllib": ("keras_like__a", "from urllib import request", "no pickle, no network"),
    "http": ("keras_like__a", "import http.client", "no pickle, no network"),
    "too far up": ("nn__a", "from ..autograd_core import open", "leaves the package"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_import_is_caught(tree, kind):
    path, source, expected = FOREIGN[kind]
    (found,) = tree(**{path: source})
    assert expected in found


@pytest.mark.parametrize(
    "text",
    [
        "P = '/home/ann/data.npz'",
        "P = '/tmp/x'",
        'P = "/srv/x"',
        "# as in /opt/notes",
        "'''See /usr/local/x.'''",
        r"P = 'C:\\Users\\ann'",
        "P = 'D:/Temp/x'",
    ],
)
def test_machine_path_is_caught(tree, text):
    (found,) = tree(keras_like__a=f"x = 1\n{text}\n")
    assert found.startswith("keras_like/a.py:2: a path of one machine")


PERMITTED_SOURCES = {
    "autograd_core__a": "import os, numba, llvmlite.binding\nfrom numpy.linalg import inv",
    "autograd_core__testing": "from hypothesis import strategies",
    "autograd_core__testing__arrays": "import hypothesis",
    "autograd_core__ops__a": "from .. import _hidden\nfrom .._hidden import _x\nfrom . import b",
    "nn__a": "import autograd_core as ac\nfrom autograd_core import __version__\nac.__doc__",
    "nn__b": "import numpy as np\nfrom . import _hidden\nx = np._NoValue, _hidden._x",
    "nn__c": "from autograd_core.open import Tensor\nself = Tensor()\nself._weights = 1",
    "keras_like__a": "import urllib.parse, rich.table, nn.layers\nfrom autograd_core import open",
    "keras_like__b": "def f():\n    import matplotlib.pyplot as plt",
    "keras_like__c": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import matplotlib",
    "keras_like__d": "import importlib\nimportlib.import_module('.open', __package__)",
    "keras_like__e": "# https://host/home/x, a/tmp/b, ./var/x, 1/2, x /work\ny = '/proc/cpuinfo'",
}


def test_what_is_permitted_passes(tree):
    assert tree(**PERMITTED_SOURCES) == []


def test_folder_without_init_is_caught(tree, tmp_path):
    tree(nn__layers__dense="x = 1")
    assert folders_left_out(tmp_path) == ["nn/layers"]
    (tmp_path / "nn" / "layers" / "__init__.py").touch()
    assert folders_left_out(tmp_path) == []


def test_long_file_is_caught(tmp_path):
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "long.py").write_text("x = 1\n" * (MAX_LINES + 1))
    (tmp_path / "nn" / "short.py").write_text("x = 1\n" * MAX_LINES)
    assert long_files(tmp_path) == [f"nn/long.py: {MAX_LINES + 1} lines"]


def test_slow_import_is_caught(tmp_path):
    (tmp_path / "quick.py").write_text("def f():\n    import rich\n")
    (tmp_path / "slow.py").write_text("import rich\n")
    assert slow_modules_loaded_by("quick", tmp_path) == []
    assert slow_modules_loaded_by("slow", tmp_path) == ["rich"]
