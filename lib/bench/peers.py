#!/usr/bin/env python3
"""The peers: gradients of the workloads by torchdiffeq, diffrax and a hand-written jax.lax.scan, for environment/bench.

    peers.py --data W1 DATA.json                         draws the workload's arrays, by torch with seed 0
    peers.py --worker torch|jax W1 DATA.json             answers one line of JSON to each line of it
    peers.py --memory-worker NAME STEPS DATA.json        memory of one gradient of W1 with that many steps

What the worker is asked and answers stands in org.costate.bench.Worker. Needs what environment/requirements-peers.txt
lists. What is computed: the value and the gradient by x0 and every parameter, results ready.

RK4 is torchdiffeq's: the 3/8 rule; diffrax gets the same tableau, the scan the same formulas.
"""
import ctypes, json, os, platform, sys, time
import numpy as np

from workloads import WORKLOADS, t_end

ADJOINT = "torchdiffeq adjoint"


def make_data(w):
    """x0, target and parameters, drawn by torch with seed 0."""
    import torch

    if w["kind"] == "lv":
        return dict(x0=np.array([1.0, 1.0]), theta=np.array([1.5, 1.0, 3.0, 1.0]))  # a, b, c, d
    dtype = getattr(torch, w["dtype"])
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(w["D"], w["H"]), torch.nn.Tanh(), torch.nn.Linear(w["H"], w["D"])).to(dtype)
    for layer in (net[0], net[2]):
        torch.nn.init.normal_(layer.weight, std=0.1)
        torch.nn.init.zeros_(layer.bias)
    x0 = torch.randn(w["B"], w["D"], dtype=dtype)
    target = torch.randn(w["B"], w["D"], dtype=dtype)
    a = lambda x: x.detach().numpy().copy()
    return dict(x0=a(x0), target=a(target), W1=a(net[0].weight).T.copy(), b1=a(net[0].bias),
                W2=a(net[2].weight).T.copy(), b2=a(net[2].bias))


# ------------------------------------------------------------------------------------------------ torchdiffeq
def torch_impls(w, data):
    """name -> function returning (gradients as a dict of arrays, (nfe forward, nfe in all))."""
    import torch
    from torchdiffeq import odeint, odeint_adjoint
    torch.set_num_threads(os.cpu_count())
    dtype = getattr(torch, w["dtype"])
    nfe = [0]

    if w["kind"] == "mlp":
        class Field(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.net = torch.nn.Sequential(torch.nn.Linear(w["D"], w["H"]), torch.nn.Tanh(),
                                               torch.nn.Linear(w["H"], w["D"])).to(dtype)
                with torch.no_grad():
                    for i, (W, b) in {0: ("W1", "b1"), 2: ("W2", "b2")}.items():
                        self.net[i].weight.copy_(torch.from_numpy(data[W].T.copy()))
                        self.net[i].bias.copy_(torch.from_numpy(data[b]))

            def forward(self, t, y):
                nfe[0] += 1
                return self.net(y ** 3 if w["cube"] else y)

            def grads(self):
                return dict(W1=self.net[0].weight.grad.T, b1=self.net[0].bias.grad,
                            W2=self.net[2].weight.grad.T, b2=self.net[2].bias.grad)
        target = torch.from_numpy(data["target"])
        loss = lambda y: (y - target).pow(2).mean()
    else:
        class Field(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.theta = torch.nn.Parameter(torch.from_numpy(data["theta"].copy()))

            def forward(self, t, s):
                nfe[0] += 1
                a, b, c, d = self.theta.unbind()
                x, y = s.unbind()
                xy = x * y
                return torch.stack((a * x - b * xy, d * xy - c * y))

            def grads(self):
                return dict(theta=self.theta.grad)
        loss = lambda y: y.sum()

    field = Field()
    x0 = torch.from_numpy(data["x0"].copy()).requires_grad_()
    T = t_end(w)

    def variant(solve, grid, **kw):
        t = torch.linspace(0.0, T, grid, dtype=dtype)

        def call():
            field.zero_grad(set_to_none=True)
            x0.grad = None
            nfe[0] = 0
            y = solve(field, x0, t, **kw)[-1]
            forward = nfe[0]
            loss(y).backward()
            return dict(x0=x0.grad, **field.grads()), (forward, nfe[0])
        return call

    if "steps" in w:
        n = w["steps"]
        return {"torchdiffeq backprop": variant(odeint, n + 1, method="rk4"),
                ADJOINT: variant(odeint_adjoint, n + 1, method="rk4"),  # grid of outputs
                "torchdiffeq adjoint, end only": variant(odeint_adjoint, 2, method="rk4", options=dict(step_size=T / n))}
    kw = dict(method="dopri5", rtol=w["rtol"], atol=w["atol"])
    return {"torchdiffeq backprop": variant(odeint, 2, **kw),
            ADJOINT: variant(odeint_adjoint, 2, **kw),
            "reference": variant(odeint, 2, method="dopri5", rtol=1e-12, atol=1e-12)}


# ------------------------------------------------------------------------------------------------ jax, diffrax
def jax_impls(w, data):
    """name -> (jitted function of (x0, params) giving ((loss, steps), (gx0, gparams)), the same counting nfe)."""
    import jax, jax.numpy as jnp, diffrax as dfx
    from typing import Callable, ClassVar
    T = t_end(w)
    x0 = jnp.asarray(data["x0"])
    params = {k: jnp.asarray(v) for k, v in data.items() if k not in ("x0", "target")}
    assert x0.dtype == w["dtype"], (x0.dtype, "JAX_ENABLE_X64?")

    if w["kind"] == "mlp":
        target = jnp.asarray(data["target"])

        def field(t, y, p):
            return jnp.tanh((y ** 3 if w["cube"] else y) @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        loss = lambda y: jnp.mean((y - target) ** 2)
    else:
        def field(t, s, p):
            a, b, c, d = p["theta"]
            x, y = s
            return jnp.stack((a * x - b * x * y, d * x * y - c * y))
        loss = jnp.sum

    class RK38(dfx.AbstractERK):
        tableau: ClassVar = dfx.ButcherTableau(
            a_lower=(np.array([1 / 3]), np.array([-1 / 3, 1.0]), np.array([1.0, -1.0, 1.0])),
            b_sol=np.array([1 / 8, 3 / 8, 3 / 8, 1 / 8]), b_error=np.zeros(4), c=np.array([1 / 3, 2 / 3, 1.0]))
        interpolation_cls: ClassVar[Callable] = dfx.ThirdOrderHermitePolynomialInterpolation.from_k

        def order(self, terms):
            return 4

    def diffrax(adjoint, solver, max_steps):
        if "steps" in w:
            dt0, control = T / w["steps"], dfx.ConstantStepSize()
        else:
            dt0, control = None, dfx.PIDController(rtol=w["rtol"], atol=w["atol"])

        def make(f):
            def value(x, p):
                sol = dfx.diffeqsolve(dfx.ODETerm(f), solver, 0.0, T, dt0, x, p, saveat=dfx.SaveAt(t1=True),
                                      stepsize_controller=control, adjoint=adjoint, max_steps=max_steps)
                return loss(sol.ys[-1]), sol.stats["num_steps"]
            return value
        return make

    def scan(unroll):
        n, dt = w["steps"], T / w["steps"]

        def make(f):
            def value(x, p):
                def step(y, _):
                    k1 = f(None, y, p)
                    k2 = f(None, y + dt / 3 * k1, p)
                    k3 = f(None, y + dt * (k2 - k1 / 3), p)
                    k4 = f(None, y + dt * (k1 - k2 + k3), p)
                    return y + dt / 8 * (k1 + 3 * (k2 + k3) + k4), None
                return loss(jax.lax.scan(step, x, None, length=n, unroll=unroll)[0]), n
            return value
        return make

    if "steps" in w:
        n = w["steps"]
        makes = {"diffrax RecursiveCheckpoint": diffrax(dfx.RecursiveCheckpointAdjoint(), RK38(), n),
                 "diffrax RecursiveCheckpoint, all kept": diffrax(dfx.RecursiveCheckpointAdjoint(checkpoints=n), RK38(), n),
                 "diffrax Backsolve": diffrax(dfx.BacksolveAdjoint(), RK38(), n),
                 "diffrax Direct": diffrax(dfx.DirectAdjoint(), RK38(), n),
                 "jax scan": scan(1), f"jax scan, unroll {min(n, 10)}": scan(min(n, 10))}
    else:
        makes = {}
        for name, solver in {"Dopri5": dfx.Dopri5(), **({"Tsit5": dfx.Tsit5()} if w["kind"] == "lv" else {})}.items():
            makes[f"diffrax {name} RecursiveCheckpoint"] = diffrax(dfx.RecursiveCheckpointAdjoint(), solver, 4096)
            makes[f"diffrax {name} Backsolve"] = diffrax(dfx.BacksolveAdjoint(), solver, 4096)
            makes[f"diffrax {name} Direct"] = diffrax(dfx.DirectAdjoint(), solver, 256)  # its cost grows with max_steps

    # For counting: the field passes its state through a host callback that counts calls (never timed).
    count = [0]

    def tick(_):
        count[0] += 1
        return np.zeros((), w["dtype"])

    @jax.custom_jvp
    def counted(y):
        return y + jax.pure_callback(tick, jax.ShapeDtypeStruct((), w["dtype"]), y.ravel()[0])
    counted.defjvp(lambda primal, tangent: (counted(*primal), *tangent))

    grad = lambda make, f: jax.jit(jax.value_and_grad(make(f), argnums=(0, 1), has_aux=True))
    return {name: (grad(make, field), grad(make, lambda t, y, p: field(t, counted(y), p)), make)
            for name, make in makes.items()}, (x0, params), count, field, counted


# ------------------------------------------------------------------------------------------------ worker
class TorchWorker:
    def __init__(self, w, data):
        import torch, torchdiffeq
        self.impls = torch_impls(w, data)
        self.info = dict(torch=torch.__version__, torchdiffeq=torchdiffeq.__version__,
                         python=platform.python_version(), torch_threads=torch.get_num_threads(), mkl=torch.backends.mkl.is_available())

    def names(self):
        return list(self.impls)

    def prepare(self, name):
        self.impls[name]()
        return dict(compile_s=0.0)

    def call(self, name):
        self.impls[name]()

    def result(self, name):
        grads, (forward, total) = self.impls[name]()
        return {k: v.detach().numpy().copy() for k, v in grads.items()}, dict(nfe_forward=forward, nfe_total=total)


class JaxWorker:
    def __init__(self, w, data):
        import jax, diffrax, equinox
        self.impls, self.args, self.count, self.field, self.counted = jax_impls(w, data)
        self.block, self.jax, self.compiled = jax.block_until_ready, jax, {}
        self.info = dict(jax=jax.__version__, diffrax=diffrax.__version__, equinox=equinox.__version__,
                         jax_device=str(jax.devices()[0]), xla_flags=os.environ.get("XLA_FLAGS", "default"))

    def names(self):
        return list(self.impls)

    def prepare(self, name):
        t = time.perf_counter()
        self.block(self.impls[name][0](*self.args))  # trace + compile + first run
        return dict(compile_s=time.perf_counter() - t)

    def call(self, name):
        self.block(self.impls[name][0](*self.args))

    def result(self, name):
        (loss, steps), (gx, gp) = self.block(self.impls[name][0](*self.args))
        info = dict(steps=int(steps))
        try:
            jax, make = self.jax, self.impls[name][2]
            run = lambda f: (self.block(f(*self.args)), self.jax.effects_barrier())
            self.count[0] = 0
            run(jax.jit(make(lambda t, y, p: self.field(t, self.counted(y), p))))
            info["nfe_forward"] = self.count[0]
            self.count[0] = 0
            run(self.impls[name][1])
            info["nfe_total"] = self.count[0]
        except Exception as e:
            info["nfe_error"] = f"{type(e).__name__}: {e}"[:200]
        return {"x0": np.asarray(gx), **{k: np.asarray(v) for k, v in gp.items()}}, info


def arrays(w, path):
    with open(path) as f:
        return {k: np.array(v, dtype=w["dtype"]) for k, v in json.load(f).items()}


def save(arrays, path):
    with open(path, "w") as f:
        json.dump({k: v.tolist() for k, v in arrays.items()}, f)


def make_worker(lib, w, path):
    if lib == "torch":
        return TorchWorker(w, arrays(w, path))
    os.environ.update(JAX_ENABLE_X64="1" if w["dtype"] == "float64" else "0", JAX_PLATFORMS="cpu")
    return JaxWorker(w, arrays(w, path))


def answer(me, q):
    if q["do"] == "names":
        return dict(names=me.names(), info=me.info)
    if q["do"] == "prepare":
        return me.prepare(q["name"])
    if q["do"] == "result":
        grads, info = me.result(q["name"])
        save(grads, q["path"])
        return info
    times, stop = [], time.perf_counter() + q["seconds"]
    while not times or time.perf_counter() < stop:
        t = time.perf_counter()
        me.call(q["name"])
        times.append(time.perf_counter() - t)
    return dict(times=times)


def worker(lib, wname, path):
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    me = make_worker(lib, WORKLOADS[wname], path)
    for line in sys.stdin:
        try:
            a = answer(me, json.loads(line))
        except Exception as e:
            a = dict(error=f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"[:300])
        out.write(json.dumps(a) + "\n")
        out.flush()


# ------------------------------------------------------------------------------------------------ memory
def status(key):
    return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith(key)) / 1024  # MiB


def memory_worker(name, steps, path):
    """One gradient of W1 with that many steps in this fresh process: growth of the resident peak over the level before."""
    w, lib, extra = WORKLOADS["W1"], "torch" if name.startswith("torch") else "jax", {}
    warm = make_worker(lib, dict(w, steps=10), path)
    warm.call(name)
    me = make_worker(lib, dict(w, steps=steps), path)
    if lib == "jax":
        jitted = me.impls[name][0].lower(*me.args).compile()  # compile before the level is read
        extra["xla_temp_mib"] = jitted.memory_analysis().temp_size_in_bytes / 2 ** 20
        call = lambda: me.block(jitted(*me.args))
    else:
        call = lambda: me.call(name)
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    open("/proc/self/clear_refs", "w").write("5")  # resets the peak
    before = status("VmRSS")
    t = time.perf_counter()
    call()
    seconds = time.perf_counter() - t
    print(json.dumps(dict(growth_mib=status("VmHWM") - before, seconds=seconds, **extra)))


if __name__ == "__main__":
    kind, *given = sys.argv[1:]
    if kind == "--data":
        save(make_data(WORKLOADS[given[0]]), given[1])
    elif kind == "--worker":
        worker(*given)
    else:
        memory_worker(given[0], int(given[1]), given[2])
