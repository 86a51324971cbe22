"""What all optimizers share: state, gradients given, options, configs, bad input."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import autograd_core as ac
import nn.optimizers as optimizers
from nn.naming import reset_names
from nn.optimizers import SGD, Adam, Optimizer, RMSprop, schedules
from nn.variable import Variable

KINDS = [SGD, RMSprop, Adam]


def variable(value=(1.0, 2.0), name="w", **options):
    return Variable(np.array(value, np.float32), name=name, **options)


def ones(*variables):
    return [np.ones(v.shape, np.float32) for v in variables]


# Updating.


@pytest.mark.parametrize("kind", KINDS)
def test_minimizes_a_quadratic(kind):
    w = variable((3.0, -2.0))
    optimizer = kind(learning_rate=0.1)
    for _ in range(200):
        (w * w).sum().backward()
        optimizer.apply([w.grad], [w])
        w.zero_grad()
    assert np.abs(w.data).max() < 0.1


def test_gradients_as_tensors_arrays_and_lists_are_alike():
    made = []
    for gradient in (ac.tensor([1.0, -1.0]), np.array([1.0, -1.0]), [1.0, -1.0]):
        w = variable()
        Adam(learning_rate=0.1).apply([gradient], [w])
        made.append(w.data)
    np.testing.assert_array_equal(made[0], made[1])
    np.testing.assert_array_equal(made[0], made[2])
    assert made[0].dtype == np.float32


def test_arrays_of_an_earlier_step_stay_as_they_were():
    w = variable()
    optimizer = SGD(learning_rate=0.1, momentum=0.9)
    before, gradient = w.data, np.ones(2, np.float32)
    copy_of_before = before.copy()
    optimizer.apply([gradient], [w])
    slot = optimizer.variables[2].data.copy()
    held = optimizer.variables[2].data
    optimizer.apply([gradient], [w])
    np.testing.assert_array_equal(before, copy_of_before)
    np.testing.assert_array_equal(held, slot)
    np.testing.assert_array_equal(gradient, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_scalar_and_empty_variables(kind):
    scalar, empty = variable(1.0), variable(())
    optimizer = kind(learning_rate=0.5)
    for _ in range(3):
        optimizer.apply([np.float32(1.0), np.zeros(0)], [scalar, empty])
    assert scalar.shape == () and isinstance(scalar.data, np.ndarray)
    assert scalar.item() < 1 and empty.shape == (0,)


def test_apply_gradients_and_iterations():
    v, w = variable(), variable(name="v")
    optimizer = SGD(0.5)
    assert int(optimizer.iterations) == 0
    assert int(optimizer.apply_gradients(zip(ones(v, w), [v, w], strict=True))) == 1
    np.testing.assert_allclose(v.data, [0.5, 1.5])
    optimizer.apply(ones(v, w))  # the variables are known by now
    np.testing.assert_allclose(w.data, [0.0, 1.0])
    assert int(optimizer.iterations) == 2
    optimizer.apply(ones(w), [w])  # some of them
    np.testing.assert_allclose(v.data, [0.0, 1.0])


def test_constraint_holds_after_the_update():
    w = variable((0.3, 2.0), constraint=lambda value: np.maximum(value.numpy(), 0))
    SGD(0.5).apply(ones(w), [w])
    np.testing.assert_allclose(w.data, [0.0, 1.5])


def test_missing_gradients():
    v, w = variable(), variable(name="other")
    optimizer = SGD(0.5)
    with pytest.warns(UserWarning, match="no gradient for other"):
        optimizer.apply([*ones(v), None], [v, w])
    np.testing.assert_array_equal(w.data, [1, 2])
    np.testing.assert_array_equal(v.data, [0.5, 1.5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # said once
        optimizer.apply([*ones(v), None], [v, w])
    with pytest.raises(ValueError, match=r"no gradient for any variable \(w, other\)"):
        optimizer.apply([None, None], [v, w])


def test_subclass_in_keras_style():
    class Heavy(Optimizer):
        def build(self, variables):
            super().build(variables)
            self.moments = self.add_optimizer_variables(variables, "moment")

        def update_step(self, gradient, variable, learning_rate):
            moment = self.moments[self._get_variable_index(variable)]
            self.assign(moment, moment * 0.5 + gradient)
            self.assign_sub(variable, learning_rate * moment)

    w = variable()
    w.path = "dense/w"
    optimizer = Heavy(learning_rate=0.1)
    optimizer.apply(ones(w), [w])
    optimizer.apply(ones(w), [w])
    np.testing.assert_allclose(w.data, np.array([1, 2]) - 0.1 * (1 + 1.5), rtol=1e-6)
    assert w.is_leaf and not optimizer.moments[0].requires_grad
    assert [v.name for v in optimizer.variables] == ["iteration", "learning_rate", "dense_w_moment"]


# The learning rate.


def test_learning_rate_can_be_set():
    w = variable((1.0,))
    optimizer = SGD(0.5)
    optimizer.learning_rate = 0.25
    optimizer.apply(ones(w), [w])
    np.testing.assert_allclose(w.data, 0.75)
    optimizer.learning_rate.assign(0.5)
    optimizer.apply(ones(w), [w])
    np.testing.assert_allclose(w.data, 0.25)
    assert float(optimizer.learning_rate) == 0.5
    optimizer.learning_rate = schedules.ExponentialDecay(0.1, 1, 0.5)
    assert [v.name for v in optimizer.variables] == ["iteration"]
    with pytest.raises(TypeError, match="follows a ExponentialDecay"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = lambda: 0.125
    optimizer.apply(ones(w), [w])
    np.testing.assert_allclose(w.data, 0.125)


def test_schedule_counts_the_updates():
    w = variable((0.0,))
    optimizer = SGD(schedules.PiecewiseConstantDecay([0, 1], [1.0, 10.0, 100.0]))
    path = []
    for _ in range(4):
        optimizer.apply(ones(w), [w])
        path.append(w.item())
    assert path == [-1, -11, -111, -211]
    assert float(optimizer.learning_rate) == 100


@pytest.mark.parametrize("rate", [-0.1, float("nan"), "0.1", None, schedules.CosineDecay])
def test_bad_learning_rate(rate):
    with pytest.raises((ValueError, TypeError), match="Adam: learning_rate"):
        Adam(learning_rate=rate)


def test_the_old_word_lr_is_explained():
    with pytest.raises(TypeError, match=r"SGD: unknown argument 'lr' \(it is called learning_rate"):
        SGD(lr=0.1)
    optimizer = SGD(0.1)
    with pytest.raises(AttributeError, match="learning_rate"):
        optimizer.lr = 0.2
    assert not hasattr(optimizer, "lr")


# Options.


def test_clipping_keeps_zero_gradients_and_spreads_nan():
    for option in ("clipnorm", "global_clipnorm"):
        v, w = variable((0.0, 0.0)), variable((0.0, 0.0))
        SGD(1.0, **{option: 1.0}).apply([np.zeros(2), np.zeros(2)], [v, w])
        np.testing.assert_array_equal(v.data, 0)
        with np.errstate(invalid="ignore"):
            SGD(1.0, **{option: 1.0}).apply([np.array([np.inf, 1.0]), np.ones(2)], [v, w])
        assert np.isnan(v.data).all()
        assert np.isnan(w.data).all() == (option == "global_clipnorm")


def test_clipping_leaves_small_gradients_exactly():
    for option in ("clipnorm", "global_clipnorm", "clipvalue"):
        w = variable((0.0, 0.0))
        SGD(1.0, **{option: 10.0}).apply([np.array([3.0, -4.0])], [w])
        np.testing.assert_array_equal(w.data, [-3, 4])


def test_weight_decay_exclusions():
    a, b, c = variable((1.0,), "kernel"), variable((1.0,), "bias"), variable((1.0,), "gamma")
    optimizer = SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[c], var_names=["^bia"])
    optimizer.apply([np.zeros(1)] * 3, [a, b, c])
    assert [v.item() for v in (a, b, c)] == [0.75, 1, 1]


def test_averages_take_the_variables_place_at_the_end():
    w = variable((1.0,))
    optimizer = SGD(1.0, use_ema=True, ema_momentum=0.5)
    for _ in range(3):
        optimizer.apply(ones(w), [w])  # 0, -1, -2
    optimizer.finalize_variable_values([w])
    np.testing.assert_allclose(w.data, 0.25 * 0 + 0.25 * -1 + 0.5 * -2)
    plain = SGD(1.0)
    plain.finalize_variable_values([w])
    np.testing.assert_allclose(w.data, -1.25)


def test_accumulation_equals_one_step_with_the_mean():
    v, w = variable(), variable()
    rng = np.random.default_rng(0)
    grads = rng.normal(size=(4, 2))
    accumulating = Adam(0.1, gradient_accumulation_steps=4)
    for grad in grads:
        assert np.array_equal(v.data, [1, 2])
        accumulating.apply([grad], [v])
    Adam(0.1).apply([grads.mean(0)], [w])
    np.testing.assert_allclose(v.data, w.data, rtol=1e-6)
    assert int(accumulating.iterations) == 1


def test_loss_scale():
    optimizer = SGD(1.0, loss_scale_factor=4.0)
    assert optimizer.scale_loss(2.0) == 8.0 and SGD().scale_loss(2.0) == 2.0
    w = variable((0.0,))
    optimizer.apply(ones(w), [w])
    assert w.item() == -0.25


def test_centered_rmsprop_survives_constant_gradients():
    gradient = np.linspace(1, 1000, 4001)  # for some, v < mean**2 by rounding
    w = variable(np.zeros(4001))
    optimizer = RMSprop(0.001, centered=True)
    smallest = 0.0
    for _ in range(200):
        optimizer.apply([gradient], [w])
        velocity, average = (v.data for v in optimizer.variables[2:])
        smallest = min(smallest, (velocity - average**2).min())
    assert smallest < -optimizer.epsilon  # so this is what is tested
    assert np.isfinite(w.data).all()


BAD_ARGUMENTS = [
    (SGD, {"momentum": -0.1}, "SGD: momentum must be from 0 to 1"),
    (SGD, {"momentum": float("nan")}, "SGD: momentum"),
    (RMSprop, {"rho": 1.5}, "RMSprop: rho"),
    (RMSprop, {"epsilon": -1.0}, "RMSprop: epsilon"),
    (Adam, {"beta_1": 1.0}, "Adam: beta_1 must be at least 0 and below 1"),
    (Adam, {"beta_2": 1.5}, "Adam: beta_2"),
    (Adam, {"clipnorm": 1.0, "clipvalue": 1.0}, "at most one of clipnorm, clipvalue"),
    (Adam, {"clipnorm": 0}, "Adam: clipnorm must be above 0"),
    (Adam, {"weight_decay": -1}, "Adam: weight_decay"),
    (Adam, {"use_ema": True, "ema_momentum": 2}, "Adam: ema_momentum"),
    (Adam, {"ema_overwrite_frequency": 0}, "Adam: ema_overwrite_frequency"),
    (Adam, {"gradient_accumulation_steps": 1}, "Adam: gradient_accumulation_steps"),
    (Adam, {"gradient_accumulation_steps": 2.5}, "an integer of at least 2, got 2.5"),
    (Adam, {"loss_scale_factor": 0}, "Adam: loss_scale_factor"),
]


@pytest.mark.parametrize("kind, arguments, message", BAD_ARGUMENTS)
def test_bad_arguments(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(**arguments)


def test_unknown_arguments():
    with pytest.raises(TypeError, match=r"Adam: unknown argument 'beta1' \(did you mean 'beta_1'"):
        Adam(beta1=0.9)
    with pytest.raises(TypeError, match=r"'decay' \(give learning_rate a schedule"):
        SGD(decay=0.1)


BAD_SCHEDULES = [
    (schedules.ExponentialDecay, (0.1, 0, 0.5), "decay_steps must be above 0"),
    (schedules.InverseTimeDecay, (0.1, -1, 0.5), "decay_steps must be above 0"),
    (schedules.PolynomialDecay, (0.1, 0), "decay_steps must be above 0"),
    (schedules.CosineDecay, (0.1, 0), "decay_steps must be above 0"),
    (schedules.CosineDecay, (0.1, 5, 0.0, "c", None, 3), "warmup_steps needs a warmup_target"),
    (schedules.CosineDecayRestarts, (0.1, 0), "first_decay_steps must be above 0"),
    (schedules.CosineDecayRestarts, (0.1, 5, 0.5), "t_mul must be at least 1"),
    (schedules.PiecewiseConstantDecay, ([1], [1.0]), "one entry more than boundaries"),
    (schedules.PiecewiseConstantDecay, ([2, 1], [1.0, 2.0, 3.0]), "boundaries must increase"),
]


@pytest.mark.parametrize("cls, arguments, message", BAD_SCHEDULES)
def test_bad_schedules(cls, arguments, message):
    with pytest.raises(ValueError, match=f"{cls.__name__}: .*{message}"):
        cls(*arguments)


# Gradients and variables that do not fit.


def test_wrong_shape_is_never_broadcast():
    w = variable()
    for gradient in (np.ones(1), np.ones((1, 2)), 1.0):
        with pytest.raises(ValueError, match=r"gradient of 'w' has shape .*the variable \(2,\)"):
            SGD().apply([gradient], [w])
    np.testing.assert_array_equal(w.data, [1, 2])


def test_other_numbers_of_gradients_or_variables():
    v, w = variable(), variable(name="v")
    with pytest.raises(ValueError, match="1 gradients for 2 variables"):
        SGD().apply(ones(v), [v, w])
    with pytest.raises(ValueError, match="not known which variables"):
        SGD(0.1).apply(ones(v))
    optimizer = SGD(0.1)
    optimizer.build([v])
    with pytest.raises(ValueError, match=r"does not know 'v' \(it knows: w\)"):
        optimizer.apply(ones(w), [w])
    with pytest.raises(ValueError, match="given twice"):
        SGD(0.1).build([v, v])
    with pytest.raises(TypeError, match="can update Variables only, got Tensor"):
        SGD(0.1).apply([np.ones(1)], [ac.tensor([1.0], requires_grad=True)])
    assert SGD(0.1).apply([]) is None


# State and configs.


def test_set_weights():
    v, w = variable(), variable()
    first, second = Adam(0.1), Adam(0.3)
    first.apply(ones(v), [v])
    with pytest.raises(ValueError, match="makes the state first"):
        second.set_weights(first.variables)
    second.build([w])
    second.set_weights(first.variables)
    w.assign(v)
    first.apply(ones(v), [v])
    second.apply(ones(w), [w])
    np.testing.assert_array_equal(v.data, w.data)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
@pytest.mark.parametrize("kind", KINDS)
def test_copies_go_on_alike_and_apart(kind, how):
    w = variable()
    optimizer = kind(learning_rate=0.1, weight_decay=0.1, use_ema=True)
    optimizer.exclude_from_weight_decay([w])
    optimizer.apply(ones(w), [w])
    other, x = how((optimizer, w))
    before = w.data
    other.apply(ones(x), [x])
    assert w.data is before
    optimizer.apply(ones(w), [w])
    np.testing.assert_array_equal(w.data, x.data)
    for a, b in zip(optimizer.variables, other.variables, strict=True):
        assert a is not b and a.name == b.name
        np.testing.assert_array_equal(a.data, b.data)


CONFIGS = [
    SGD(learning_rate=0.25, momentum=0.5, nesterov=True, clipnorm=2.0, name="mine"),
    RMSprop(0.25, rho=0.5, momentum=0.25, epsilon=0.5, centered=True, clipvalue=0.5),
    Adam(0.25, beta_1=0.5, beta_2=0.25, epsilon=0.5, amsgrad=True, global_clipnorm=0.5),
    Adam(
        0.5,
        use_ema=True,
        ema_momentum=0.5,
        ema_overwrite_frequency=3,
        loss_scale_factor=2.0,
        gradient_accumulation_steps=4,
        weight_decay=0.25,
    ),
    SGD(schedules.CosineDecay(0.1, 10, warmup_target=0.2, warmup_steps=3)),
]


@pytest.mark.parametrize("optimizer", CONFIGS, ids=lambda o: type(o).__name__)
def test_config_round_trip(optimizer):
    config = optimizer.get_config()
    for again in (
        optimizers.get(optimizers.serialize(optimizer)),
        optimizers.deserialize(optimizers.serialize(optimizer)),
        type(optimizer).from_config(config),
    ):
        assert type(again) is type(optimizer)
        assert again.get_config() == config
        assert vars(again).keys() == vars(optimizer).keys()


def test_custom_learning_rates_in_configs():
    class Mine(schedules.LearningRateSchedule):
        def __init__(self, start):
            self.start = start

        def __call__(self, step):
            return self.start / (1 + step)

        def get_config(self):
            return {"start": self.start}

    def rate():
        return 0.5

    for given in (Mine(2.0), rate):
        config = optimizers.serialize(SGD(given))
        with pytest.raises(ValueError, match="learning_rate schedule: unknown name"):
            optimizers.deserialize(config)
        again = optimizers.deserialize(config, {"Mine": Mine, "rate": rate})
        assert float(again.learning_rate) == float(SGD(given).learning_rate)


def test_lookup():
    reset_names()
    assert type(optimizers.get("adam")) is Adam and type(optimizers.get("Adam")) is Adam
    assert type(optimizers.get("rmsprop")) is RMSprop and type(optimizers.get("SGD")) is SGD
    assert type(optimizers.get(SGD)) is SGD and optimizers.get(None) is None
    mine = Adam()
    assert optimizers.get(mine) is mine
    assert [SGD().name, SGD().name, RMSprop().name] == ["sgd_2", "sgd_3", "rm_sprop_1"]
    with pytest.raises(ValueError, match="optimizer: unknown name 'adm'; did you mean 'adam'"):
        optimizers.get("adm")
    for wrong in (3, print, ac.tensor(1.0), schedules.CosineDecay(0.1, 3)):
        with pytest.raises(ValueError, match=r"^optimizer: "):
            optimizers.get(wrong)
