package org.costate.gpu;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.costate.gpu.driver.DeviceHeap;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Products;
import org.costate.graph.CodeNode;
import org.costate.graph.FieldCode;
import org.costate.graph.MatrixProduct;
import org.costate.memory.Precision;

/// The evaluations of a field for one batch: the values' arrays on the device, and the launches that compute them.
///
/// Memory: every value that an evaluation stores, and the sums of parts of the batch, for each pass that was prepared.
final class NodeLaunches {
    /// Samples of which one work-item, or one group, adds up the terms of a sum.
    private static final int CHUNK = 64;

    /// Numbers that the sums of all chunks may take.
    private static final long MOST_PARTS = 1 << 22;

    /// What is computed in one go.
    enum Pass {
        SLOPE,
        VJP,
        SLOPE_VJP,
        STATE_VJP,
        TIME_VJP
    }

    private final Gpu device;
    private final FieldCode code;
    private final int batch;
    private final Precision precision;
    private final DeviceHeap.Part memory;
    private final Map<String, DeviceMemory> given;
    private final DeviceMemory theta;
    private final DeviceMemory now;
    private final Driver.Code built;
    /// Of a library; null where there is none.
    private final Products products;

    /// What products are written to before a kernel reads them, by their sizes.
    private final Map<String, DeviceMemory> rooms = new HashMap<>();

    private final Map<Pass, List<Launch>> passes = new EnumMap<>(Pass.class);

    /// @param given `x` and `a`, and what results are added or written to
    /// @param theta the parameters, and what depends on them alone
    /// @param now the time
    NodeLaunches(
            Gpu device,
            FieldCode code,
            int batch,
            Precision precision,
            DeviceHeap.Part memory,
            Map<String, DeviceMemory> given,
            DeviceMemory theta,
            DeviceMemory now) {
        this.device = device;
        this.code = code;
        this.batch = batch;
        this.precision = precision;
        this.memory = memory;
        this.given = given;
        this.theta = theta;
        this.now = now;
        products = device.driver().products();
        built = device.sources().of(DeviceField.source(code, precision, device.facts(), products != null));
    }

    /// The values of a pass.
    static List<CodeNode> nodes(FieldCode code, Pass pass) {
        return switch (pass) {
            case SLOPE -> code.slope(false);
            case VJP -> code.vjp(false, false, true);
            case SLOPE_VJP -> code.vjp(false, true, true);
            case STATE_VJP -> code.vjp(false, false, false);
            case TIME_VJP -> code.timeVjp(false);
        };
    }

    /// The kernels of a pass.
    ///
    /// @param library do products come from a library?
    static List<NodeKernel> kernels(FieldCode code, Pass pass, boolean library) {
        return kernels(code, library).get(pass);
    }

    /// The kernels of all passes. What was written for one before has the name that it has there, and no source: the
    /// passes back begin with much of the slope.
    ///
    /// @param library do products come from a library?
    static Map<Pass, List<NodeKernel>> kernels(FieldCode code, boolean library) {
        Map<Pass, List<NodeKernel>> all = new EnumMap<>(Pass.class);
        Map<String, String> known = new HashMap<>();
        for (Pass pass : Pass.values()) {
            String prefix = pass.name().toLowerCase(Locale.ROOT);
            List<NodeKernel> its = new ArrayList<>();
            for (CodeNode node : nodes(code, pass)) {
                NodeKernel kernel = NodeKernel.of(node, prefix, its.size(), code.places(), library);
                String body = kernel.source().replace(kernel.name(), "");
                String name = body.isEmpty() ? null : known.putIfAbsent(body, kernel.name());
                its.add(name == null ? kernel : kernel.writtenAs(name));
            }
            all.put(pass, its);
        }
        return all;
    }

    /// Numbers that a pass stores, its results not counted.
    ///
    /// @param library do products come from a library?
    static long numbers(FieldCode code, Pass pass, int batch, boolean library) {
        long numbers = 0;
        for (CodeNode node : nodes(code, pass)) {
            boolean result = List.of("k", "gx", "gp", "gt").contains(node.name());
            numbers += result ? 0 : node.size() * (node.ofSample() ? (long) batch : 1);
            if (library && NodeKernel.isTiled(node)) {
                boolean alone = NodeKernel.isProduct(node);
                numbers += alone
                        ? 0
                        : (long) NodeKernel.rows(node, batch)
                                * node.columns()
                                * node.products().size();
                continue;
            }
            numbers += node.sum() ? (long) chunks(node, batch) * node.size() : 0;
        }
        return numbers;
    }

    /// Parts of the batch that are summed by themselves.
    static int chunks(CodeNode node, int batch) {
        return (int) Math.max(1, Math.min(Math.ceilDiv(batch, CHUNK), MOST_PARTS / node.size()));
    }

    /// Something to launch.
    private interface Launch {
        /// @param k where in its array the slope begins
        /// @param gx where what comes back to the state begins
        void run(long k, long gx);
    }

    /// A kernel with its arguments.
    ///
    /// @param offset of its value in the array that it goes to
    /// @param node what it computes, where the last argument says where that goes; else null
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record KernelLaunch(
            Driver.Kernel kernel, long groups, int lanes, long offset, CodeNode node, Object[] arguments)
            implements Launch {
        @Override
        public void run(long k, long gx) {
            if (node != null) {
                arguments[arguments.length - 1] = offset + place(node, k, gx);
            }
            kernel.launch(groups, lanes, arguments);
        }
    }

    /// Takes the memory of a pass, unless that was done.
    void prepare(Pass pass) {
        passes.computeIfAbsent(pass, this::launches);
    }

    /// Computes a pass.
    ///
    /// @param k where in its array the slope begins
    /// @param gx where what comes back to the state begins
    void run(Pass pass, long k, long gx) {
        prepare(pass);
        passes.get(pass).forEach(launch -> launch.run(k, gx));
    }

    private List<Launch> launches(Pass pass) {
        Map<String, DeviceMemory> arrays = new HashMap<>(given);
        List<Launch> launches = new ArrayList<>();
        for (NodeKernel each : kernels(code, pass, products != null)) {
            CodeNode node = each.node();
            long size = node.size() * (node.ofSample() ? (long) batch : 1);
            DeviceMemory out = arrays.computeIfAbsent(node.name(), name -> memory.numbers(size, precision));
            List<Object> arguments = new ArrayList<>(List.of(out, theta, now, batch));
            each.arrays().forEach(name -> arguments.add(arrays.get(name)));
            if (each.tiled() && products != null) {
                multiply(each, arrays, out, arguments, launches);
                continue;
            }
            int lanes = each.tiled() && device.facts().isProcessor() ? 1 : NodeKernel.LANES;
            Driver.Kernel last = built.kernel(each.name());
            long offset = node.offset();
            if (!node.sum()) {
                arguments.add(offset);
                launches.add(new KernelLaunch(last, each.groups(batch, 1), lanes, offset, node, arguments.toArray()));
                continue;
            }
            int chunks = chunks(node, batch);
            DeviceMemory parts = memory.numbers((long) chunks * node.size(), precision);
            arguments.set(0, parts);
            arguments.addAll(List.of(Math.ceilDiv(batch, chunks), chunks));
            Driver.Kernel first = built.kernel(each.name() + "_part");
            launches.add(new KernelLaunch(first, each.groups(batch, chunks), lanes, 0, null, arguments.toArray()));
            Object[] sum = {out, parts, chunks, offset};
            long groups = Math.ceilDiv(node.size(), NodeKernel.LANES);
            launches.add(new KernelLaunch(last, groups, NodeKernel.LANES, offset, node, sum));
        }
        return launches;
    }

    private static long place(CodeNode node, long k, long gx) {
        return node.name().equals("k") ? k : node.name().equals("gx") ? gx : 0;
    }

    /// Products by the library, and a kernel for what is done with them.
    private void multiply(
            NodeKernel each,
            Map<String, DeviceMemory> arrays,
            DeviceMemory out,
            List<Object> arguments,
            List<Launch> launches) {
        CodeNode node = each.node();
        boolean alone = NodeKernel.isProduct(node);
        long offset = node.offset();
        for (int n = 0; n < node.products().size(); n++) {
            MatrixProduct p = node.products().get(n);
            int rows = each.rows(batch);
            int inner = p.inner() == 0 ? batch : p.inner();
            Products.Factor left = factor(p.left(), arrays);
            Products.Factor right = factor(p.right(), arrays);
            long size = (long) rows * node.columns();
            DeviceMemory to =
                    alone ? out : rooms.computeIfAbsent(n + " " + size, room -> memory.numbers(size, precision));
            launches.add((k, gx) -> products.product(
                    precision,
                    rows,
                    node.columns(),
                    inner,
                    left,
                    right,
                    alone && node.adds(),
                    to,
                    alone ? offset + place(node, k, gx) : 0));
            arguments.add(to);
        }
        if (!alone) {
            arguments.add(offset);
            Driver.Kernel rest = built.kernel(each.name());
            launches.add(
                    new KernelLaunch(rest, each.groups(batch), NodeKernel.LANES, offset, node, arguments.toArray()));
        }
    }

    private Products.Factor factor(MatrixProduct.Factor f, Map<String, DeviceMemory> arrays) {
        Integer place = code.places().get(f.array());
        return place != null
                ? new Products.Factor(theta, (long) place + f.offset(), f.stride(), f.transposed())
                : new Products.Factor(arrays.get(f.array()), f.offset(), f.stride(), f.transposed());
    }
}
