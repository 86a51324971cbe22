"""Makes optimizers.npz: 20 steps of Keras's optimizers on random gradients, every option once.

In float64: Keras's float32 runs differ from these by up to 3e-6, for it computes 1 - beta_2**t in
float32.

Run it in an environment with keras and torch: KERAS_BACKEND=torch python make_optimizers.py
"""

import inspect
from pathlib import Path

import numpy as np

STEPS = 20
SHAPES = {"kernel": (3, 2), "bias": (2,)}

# name: (class, arguments); with weight decay, the bias is excluded from it
CASES = {
    "sgd": ("SGD", {}),
    "sgd_momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "sgd_nesterov": ("SGD", {"learning_rate": 0.05, "momentum": 0.8, "nesterov": True}),
    "sgd_clipnorm": ("SGD", {"learning_rate": 0.1, "clipnorm": 1.0}),
    "sgd_clipvalue": ("SGD", {"learning_rate": 0.1, "clipvalue": 0.5}),
    "sgd_global_clipnorm": ("SGD", {"learning_rate": 0.1, "global_clipnorm": 1.5}),
    "sgd_loss_scale": ("SGD", {"learning_rate": 0.1, "loss_scale_factor": 8.0}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop_momentum": ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.7}),
    "rmsprop_centered": ("RMSprop", {"learning_rate": 0.01, "centered": True}),
    "rmsprop_all": (
        "RMSprop",
        {"learning_rate": 0.02, "rho": 0.95, "momentum": 0.5, "epsilon": 1e-3, "centered": True},
    ),
    "adam": ("Adam", {}),
    "adam_options": (
        "Adam",
        {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3},
    ),
    "adam_amsgrad": ("Adam", {"learning_rate": 0.05, "amsgrad": True, "beta_2": 0.6}),
    "adam_weight_decay": ("Adam", {"learning_rate": 0.05, "weight_decay": 0.1}),
    "adam_ema": (
        "Adam",
        {
            "learning_rate": 0.05,
            "use_ema": True,
            "ema_momentum": 0.7,
            "ema_overwrite_frequency": 5,
        },
    ),
    "adam_accumulation": ("Adam", {"learning_rate": 0.05, "gradient_accumulation_steps": 3}),
    "adam_together": (
        "Adam",
        {
            "learning_rate": 0.05,
            "amsgrad": True,
            "weight_decay": 0.05,
            "global_clipnorm": 1.0,
            "use_ema": True,
            "ema_momentum": 0.9,
            "loss_scale_factor": 4.0,
            "gradient_accumulation_steps": 2,
        },
    ),
}

SCHEDULES = {
    "exponential": ("ExponentialDecay", {"decay_steps": 7, "decay_rate": 0.8}),
    "exponential_staircase": (
        "ExponentialDecay",
        {"decay_steps": 7, "decay_rate": 0.8, "staircase": True},
    ),
    "inverse": ("InverseTimeDecay", {"decay_steps": 7, "decay_rate": 0.5}),
    "inverse_staircase": (
        "InverseTimeDecay",
        {"decay_steps": 7, "decay_rate": 0.5, "staircase": True},
    ),
    "polynomial": ("PolynomialDecay", {"decay_steps": 9, "end_learning_rate": 0.01, "power": 2.0}),
    "polynomial_cycle": ("PolynomialDecay", {"decay_steps": 9, "cycle": True}),
    "piecewise": (
        "PiecewiseConstantDecay",
        {"boundaries": [3, 8, 15], "values": [4.0, 3.0, 2.0, 1.0]},
    ),
    "cosine": ("CosineDecay", {"decay_steps": 20, "alpha": 0.1}),
    "cosine_warmup": (
        "CosineDecay",
        {"decay_steps": 15, "warmup_target": 1.5, "warmup_steps": 6},
    ),
    "restarts": ("CosineDecayRestarts", {"first_decay_steps": 4.5, "m_mul": 0.8, "alpha": 0.05}),
    "restarts_equal": ("CosineDecayRestarts", {"first_decay_steps": 6.5, "t_mul": 1.0}),
}


def problem():
    rng = np.random.default_rng(11)
    start = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    gradients = {name: 2.0 * rng.normal(size=(STEPS, *shape)) for name, shape in SHAPES.items()}
    return start, gradients


def run(keras, case, start, gradients):
    """The variables after each step, and the optimizer's state at the end."""
    kind, arguments = CASES[case]
    optimizer = getattr(keras.optimizers, kind)(**arguments)
    variables = [keras.Variable(value, name=name, dtype="float64") for name, value in start.items()]
    if "weight_decay" in arguments:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    path = {name: [] for name in SHAPES}
    for step in range(STEPS):
        grads = [keras.ops.convert_to_tensor(gradients[name][step]) for name in SHAPES]
        optimizer.apply(grads, variables)
        for variable, values in zip(variables, path.values(), strict=True):
            values.append(np.array(variable.numpy(), copy=True))
    state = [np.array(v.numpy()) for v in optimizer.variables]
    names = [v.name for v in optimizer.variables]
    return {name: np.stack(values) for name, values in path.items()}, names, state


def main():
    import keras

    keras.config.set_floatx("float64")
    start, gradients = problem()
    out = {f"start/{name}": value for name, value in start.items()}
    out |= {f"gradients/{name}": value for name, value in gradients.items()}
    for case in CASES:
        path, names, state = run(keras, case, start, gradients)
        for name, values in path.items():
            out[f"{case}/{name}"] = values
        out[f"{case}/state_names"] = np.array(names)
        for i, value in enumerate(state):
            out[f"{case}/state/{i}"] = value
    for case, (kind, arguments) in SCHEDULES.items():
        cls = getattr(keras.optimizers.schedules, kind)
        if "initial_learning_rate" in inspect.signature(cls).parameters:
            arguments = {"initial_learning_rate": 0.5, **arguments}
        schedule = cls(**arguments)
        values = [float(schedule(keras.ops.convert_to_tensor(i))) for i in range(40)]
        out[f"schedule/{case}"] = np.array(values)
    np.savez_compressed(Path(__file__).with_name("optimizers.npz"), **out)


if __name__ == "__main__":
    main()
