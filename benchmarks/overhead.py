"""The cost of recording: forward plus backward of one operator on an array of four numbers.

    python -m benchmarks.overhead [--json FILE]

The arithmetic is nothing here, so what is seen is the engine. Peers (torch, HIPS autograd, MyGrad)
run in the same rounds where they are installed: `make bench-peers`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_core as ac
from benchmarks.timing import compare, machine, print_table, write_json

Case = dict[str, Callable[[], Any]]
A, B, G = np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.1, 1.2, 1.3, 1.4]), np.ones(4)


def ours() -> Case:
    x, y = ac.tensor(A, requires_grad=True), ac.tensor(B, requires_grad=True)
    g = ac.tensor(G)

    def run(build: Callable[[], Any], gradient: Any = g) -> Callable[[], Any]:
        def call() -> None:
            x.grad = y.grad = None
            build().backward(gradient)

        return call

    return {
        "sin": run(lambda: ac.sin(x)),
        "multiply": run(lambda: x * y),
        "divide": run(lambda: x / y),
        "sum": run(lambda: x.sum(), None),
        "getitem": run(lambda: x[1:], ac.tensor(G[1:])),
        "mlp layer": run(lambda: ac.tanh(x * y + y)),
        "10 operators": run(lambda: _chain(ac.sin, x)),
    }


def _chain(sin: Callable[..., Any], x: Any) -> Any:
    for _ in range(5):
        x = sin(x) * x
    return x


def torch_cases() -> Case:
    import torch

    torch.set_num_threads(1)
    x = torch.tensor(A, requires_grad=True)
    y = torch.tensor(B, requires_grad=True)
    g = torch.tensor(G)

    def run(build: Callable[[], Any], gradient: Any = g) -> Callable[[], Any]:
        def call() -> None:
            x.grad = y.grad = None
            build().backward(gradient)

        return call

    return {
        "sin": run(lambda: torch.sin(x)),
        "multiply": run(lambda: x * y),
        "divide": run(lambda: x / y),
        "sum": run(lambda: x.sum(), None),
        "getitem": run(lambda: x[1:], torch.tensor(G[1:])),
        "mlp layer": run(lambda: torch.tanh(x * y + y)),
        "10 operators": run(lambda: _chain(torch.sin, x)),
    }


def hips_cases() -> Case:
    import autograd.numpy as anp
    from autograd.core import make_vjp

    def run(f: Callable[..., Any], g: Any = G) -> Callable[[], Any]:
        def call() -> None:
            pull_back, _ = make_vjp(f, A)
            pull_back(g)

        return call

    def both(f: Callable[..., Any]) -> Callable[[], Any]:
        def call() -> None:
            pull_back, _ = make_vjp(lambda pair: f(pair[0], pair[1]), (A, B))
            pull_back(G)

        return call

    return {
        "sin": run(anp.sin),
        "multiply": both(lambda x, y: x * y),
        "divide": both(lambda x, y: x / y),
        "sum": run(anp.sum, 1.0),
        "getitem": run(lambda x: x[1:], G[1:]),
        "mlp layer": both(lambda x, y: anp.tanh(x * y + y)),
        "10 operators": run(lambda x: _chain(anp.sin, x)),
    }


def mygrad_cases() -> Case:
    import mygrad as mg

    x, y = mg.tensor(A), mg.tensor(B)

    def run(build: Callable[[], Any], gradient: Any = G) -> Callable[[], Any]:
        def call() -> None:
            build().backward(gradient)

        return call

    return {
        "sin": run(lambda: mg.sin(x)),
        "multiply": run(lambda: x * y),
        "divide": run(lambda: x / y),
        "sum": run(lambda: mg.sum(x), None),
        "getitem": run(lambda: x[1:], G[1:]),
        "mlp layer": run(lambda: mg.tanh(x * y + y)),
        "10 operators": run(lambda: _chain(mg.sin, x)),
    }


PEERS = {"torch": torch_cases, "autograd": hips_cases, "mygrad": mygrad_cases}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", help="write all measurements to this file")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    contenders = {"numeras": ours()}
    for name, make in PEERS.items():
        try:
            contenders[name] = make()
        except ImportError:
            print(f"{name} is not installed, left out (make bench-peers installs it)")
    results = {
        case: compare({name: cases[case] for name, cases in contenders.items()}, options.rounds)
        for case in contenders["numeras"]
    }
    about = machine(("numeras", "numpy", "torch", "autograd", "mygrad"))
    print(about)
    print_table("forward + backward, 4 numbers, float64", 1e-6, "microseconds", results, "numeras")
    write_json(options.json, about, results)


if __name__ == "__main__":
    main()
