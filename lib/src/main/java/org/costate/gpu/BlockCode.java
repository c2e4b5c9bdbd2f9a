package org.costate.gpu;

import org.costate.gpu.driver.DeviceMemory;

/// What takes the steps of a block on a device, or transposes them: one launch, or a sequence of launches a step.
interface BlockCode {
    StepsKernel.Role role();

    /// How many tell of their failures, each with a row of what it led to.
    int groups();

    /// Samples of a group that is full.
    int together();

    /// Rows of sums over θ.
    int sums();

    /// Evaluations a step.
    int slopes();

    /// Of one sample in a step, in multiplications, roughly.
    long work();

    /// Bytes of the device that it takes when it runs first, besides the arrays that it is given.
    long bytes();

    /// Starts the steps of a block.
    void run(Block block, Arrays arrays, Kept kept);

    /// What steps are taken on.
    ///
    /// @param slots what is carried from step to step
    /// @param sums over θ
    /// @param failed of each group the step and the sample that failed first
    /// @param wrong what they led to
    record Arrays(DeviceMemory slots, DeviceMemory sums, DeviceMemory failed, DeviceMemory wrong) {}

    /// What is kept of steps.
    ///
    /// @param memory of each step what is kept; null for nothing
    /// @param from the place of the first step there
    /// @param start the state where the solve begins; null unless steps are transposed
    /// @param dense null unless steps go along a kept solution
    record Kept(DeviceMemory memory, int from, DeviceMemory start, GivenRun.Dense dense) {}

    /// Steps, in one launch where kernels take them so, else in a sequence of launches each.
    static BlockCode of(Trajectories run, StepsKernel.Role role, StepsKernel.Keep keep) {
        StepsKernel kernel = run.kernel("steps", role, keep, run.scheme);
        return kernel == null ? new StepSequence(run, role, keep) : of(run, kernel);
    }

    /// All steps of a block in one launch.
    static BlockCode of(Trajectories run, StepsKernel kernel) {
        return new OneLaunch(run, kernel);
    }

    /// All steps of a block in one launch.
    record OneLaunch(Trajectories run, StepsKernel kernel) implements BlockCode {
        @Override
        public StepsKernel.Role role() {
            return kernel.role();
        }

        @Override
        public int groups() {
            return kernel.shape().groups();
        }

        @Override
        public int together() {
            return kernel.shape().together();
        }

        @Override
        public int sums() {
            return groups();
        }

        @Override
        public int slopes() {
            return kernel.slopes();
        }

        @Override
        public long work() {
            return kernel.work();
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void run(Block b, Arrays arrays, Kept kept) {
            DeviceMemory counts = b.grid() == null ? run.none : b.grid().counts();
            DeviceMemory memory = kept.memory() == null ? run.none : kept.memory();
            int stride = b.grid() == null ? 0 : b.grid().stride();
            int begins = b.begins() ? 1 : 0;
            if (role() == StepsKernel.Role.TRANSPOSE) {
                run.kernels.launch(
                        kernel,
                        run.theta,
                        arrays.slots(),
                        arrays.sums(),
                        run.nodes(b),
                        counts,
                        memory,
                        kept.start() == null ? run.none : kept.start(),
                        arrays.failed(),
                        arrays.wrong(),
                        run.batch,
                        kernel.shape().samples(),
                        b.steps(),
                        stride,
                        run.offset(b),
                        begins,
                        run.time(b.low()),
                        run.time(b.high()));
                return;
            }
            GivenRun.Dense dense = kept.dense();
            run.kernels.launch(
                    kernel,
                    run.theta,
                    arrays.slots(),
                    arrays.sums(),
                    run.nodes(b),
                    counts,
                    memory,
                    dense == null ? run.none : dense.nodes(),
                    dense == null ? run.none : dense.records(),
                    arrays.failed(),
                    arrays.wrong(),
                    run.batch,
                    kernel.shape().samples(),
                    b.steps(),
                    stride,
                    run.offset(b),
                    begins,
                    kept.memory() == null ? -1 : kept.from(),
                    dense == null ? 0 : dense.stride(),
                    dense == null ? 0 : dense.steps(),
                    run.time(b.low()),
                    run.time(b.high()));
        }
    }
}
