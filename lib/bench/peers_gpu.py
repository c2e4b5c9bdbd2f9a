"""The peers on a GPU, for environment/bench --gpu: answers each line of JSON with a line of JSON, as DeviceWorker does.

    peers_gpu.py torch cuda        torchdiffeq, backprop and adjoint
    peers_gpu.py jax cuda          a jitted jax.lax.scan

Needs no more than numpy and the library itself, in whatever Python the reader has.
"""

import gc
import json
import os
import sys
import time


def arrays(q):
    """The workload's arrays; samples of the file again and again."""
    with open(q["data"]) as f:
        data = {k: np.array(v, dtype=q["workload"]["dtype"]) for k, v in json.load(f).items()}
    for name in ("x0", "target"):
        data[name] = np.resize(data[name], (int(q["batch"]), data[name].shape[1]))
    return data


class Torch:
    names = ["torchdiffeq backprop", "torchdiffeq adjoint"]

    def __init__(self, device):
        import torch, torchdiffeq
        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("torch sees no CUDA device")
        self.torch, self.ode, self.device = torch, torchdiffeq, torch.device(device)
        torch.backends.cuda.matmul.allow_tf32 = False  # float32 is float32
        self.info = dict(torch=torch.__version__, torchdiffeq=torchdiffeq.__version__)

    def make(self, q):
        torch, w, data = self.torch, q["workload"], arrays(q)
        there = {k: torch.from_numpy(v).to(self.device) for k, v in data.items()}
        leaves = {k: there[k].requires_grad_() for k in ("x0", "W1", "b1", "W2", "b2")}

        class Field(torch.nn.Module):
            def __init__(self):
                super().__init__()
                for k in ("W1", "b1", "W2", "b2"):
                    setattr(self, k, torch.nn.Parameter(leaves[k].detach()))

            def forward(self, t, y):
                return torch.tanh((y ** 3 if w["cube"] else y) @ self.W1 + self.b1) @ self.W2 + self.b2

        field, x0, target = Field(), leaves["x0"], there["target"]
        if q.get("steps"):
            options = dict(method="rk4", options=dict(step_size=1 / int(q["steps"])))  # the 3/8 rule
        else:
            options = dict(method="dopri5", rtol=w["rtol"], atol=w["atol"])
        solve = self.ode.odeint if q["name"].endswith("backprop") else self.ode.odeint_adjoint
        t = torch.tensor([0.0, 1.0], dtype=x0.dtype, device=self.device)

        def call():
            field.zero_grad(set_to_none=True)
            x0.grad = None
            (solve(field, x0, t, **options)[-1] - target).pow(2).mean().backward()
            self.wait()
            return dict(x0=x0.grad, **{k: getattr(field, k).grad for k in ("W1", "b1", "W2", "b2")})
        return call

    def wait(self):
        if self.device.type == "cuda":
            self.torch.cuda.synchronize()

    def clean(self):
        gc.collect()
        if self.device.type == "cuda":
            self.torch.cuda.empty_cache()
            self.torch.cuda.reset_peak_memory_stats()

    def peak(self):
        return dict(peak_bytes=self.torch.cuda.max_memory_allocated()) if self.device.type == "cuda" else {}

    def numbers(self, grads):
        return {k: v.detach().cpu().numpy().tolist() for k, v in grads.items()}


class Jax:
    names = ["jax scan"]

    def __init__(self, device):
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # leaves the others their memory
        os.environ["JAX_ENABLE_X64"] = "1"
        import jax
        if device == "cuda" and jax.default_backend() not in ("gpu", "cuda"):
            raise RuntimeError(f"jax sees no CUDA device, only {jax.default_backend()}; it needs jax[cuda]")
        jax.config.update("jax_default_matmul_precision", "highest")  # float32 is float32
        self.jax, self.compiled = jax, None
        self.info = dict(jax=jax.__version__, jax_device=str(jax.devices()[0]))

    def make(self, q):
        jax, w, data, n = self.jax, q["workload"], arrays(q), int(q["steps"])
        jnp, dt = jax.numpy, np.asarray(1 / n, dtype=w["dtype"])
        there = {k: jnp.asarray(v) for k, v in data.items()}
        x0, target = there.pop("x0"), there.pop("target")

        def f(y, p):
            return jnp.tanh((y ** 3 if w["cube"] else y) @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]

        def loss(x, p):
            def step(y, _):
                k1 = f(y, p)
                k2 = f(y + dt / 3 * k1, p)
                k3 = f(y + dt * (k2 - k1 / 3), p)
                k4 = f(y + dt * (k1 - k2 + k3), p)
                return y + dt / 8 * (k1 + 3 * (k2 + k3) + k4), None
            return jnp.mean((jax.lax.scan(step, x, None, length=n)[0] - target) ** 2)

        self.compiled = jax.jit(jax.value_and_grad(loss, argnums=(0, 1))).lower(x0, there).compile()

        def call():
            _, (gx, gp) = jax.block_until_ready(self.compiled(x0, there))
            return dict(x0=gx, **gp)
        return call

    def clean(self):
        self.compiled = None
        gc.collect()

    def peak(self):
        m = self.compiled.memory_analysis()  # jax's own peak is of the process's whole life
        return dict(peak_bytes=m.temp_size_in_bytes + m.argument_size_in_bytes + m.output_size_in_bytes)

    def numbers(self, grads):
        return {k: np.asarray(v).tolist() for k, v in grads.items()}


def measure(me, q):
    me.clean()
    begin = time.perf_counter()
    call = me.make(q)
    call()
    first, times, begin = time.perf_counter() - begin, [], time.perf_counter()
    while time.perf_counter() - begin < q["seconds"] or len(times) < q["calls"]:
        t = time.perf_counter()
        grads = call()
        times.append(time.perf_counter() - t)
    if q.get("path"):
        with open(q["path"], "w") as f:
            json.dump(me.numbers(grads), f)
    return dict(outcome="ok", first_s=first, times=times, **me.peak())


def answer(me, q):
    if q["do"] == "names":
        return dict(names=me.names, info=me.info)
    try:
        return measure(me, q)
    except Exception as e:
        text = f"{type(e).__name__}: {e}"
        memory = "memory" in text.lower()
        return dict(outcome="out of memory" if memory else "failed", message=text.splitlines()[0][:300])
    finally:
        me.clean()  # what is kept is missing to the others


def main():
    global np
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    try:
        import numpy as np
        me = dict(torch=Torch, jax=Jax)[sys.argv[1]](sys.argv[2])
    except Exception as e:
        me, problem = None, f"{type(e).__name__}: {e}".splitlines()[0]
    for line in sys.stdin:
        a = answer(me, json.loads(line)) if me else dict(error=problem)
        out.write(json.dumps(a) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
