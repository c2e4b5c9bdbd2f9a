package org.costate.ode;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.Map;

/// [Phases] as one Java method without loops, with the scheme's weights as constants and each number a local variable.
///
/// Source: the class-file API, JEP 484.
final class PhaseCode {
    private static final ClassDesc CODE = Phases.Code.class.describeConstable().orElseThrow();
    private static final ClassDesc CALLS =
            Phases.Calls.class.describeConstable().orElseThrow();
    private static final ClassDesc ARRAY = ConstantDescs.CD_double.arrayType();
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(
            ConstantDescs.CD_void, CALLS, ConstantDescs.CD_double, ARRAY.arrayType(), ARRAY.arrayType());
    private static final MethodTypeDesc CALL =
            MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int, ARRAY, ARRAY);

    private static final ClassDesc MATH = Math.class.describeConstable().orElseThrow();
    private static final MethodTypeDesc FMA = MethodTypeDesc.of(
            ConstantDescs.CD_double, ConstantDescs.CD_double, ConstantDescs.CD_double, ConstantDescs.CD_double);

    // Variables of the method: this, then its arguments.
    private static final int THE_CALLS = 1;
    private static final int H = 2;
    private static final int SOURCES = 4;
    private static final int PLACES = 5;

    private final CodeBuilder code;
    private final int size;
    /// The variables of a source's numbers.
    private final Map<Integer, int[]> known = new HashMap<>();

    private PhaseCode(CodeBuilder code, int size) {
        this.code = code;
        this.size = size;
    }

    /// @param size numbers of each source and place
    static Phases.Code compile(Phases.Phase[] phases, int size) {
        ClassDesc name = ClassDesc.of(PhaseCode.class.getPackageName(), "Step");
        byte[] bytes = ClassFile.of().build(name, type -> {
            type.withInterfaceSymbols(CODE);
            type.withMethodBody(
                    ConstantDescs.INIT_NAME,
                    ConstantDescs.MTD_void,
                    ClassFile.ACC_PUBLIC,
                    c -> c.aload(0)
                            .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                            .return_());
            type.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, c -> {
                PhaseCode it = new PhaseCode(c, size);
                for (Phases.Phase p : phases) {
                    it.phase(p);
                }
                c.return_();
            });
        });
        try {
            return (Phases.Code) MethodHandles.lookup()
                    .defineHiddenClass(bytes, true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the method of a step could not be made", e);
        }
    }

    private void phase(Phases.Phase p) {
        int place = element(PLACES, p.out());
        sum(p.sum(), place);
        if (p.call() >= 0) {
            int result = element(SOURCES, p.source());
            code.aload(THE_CALLS).loadConstant(p.call()).aload(place).aload(result);
            code.invokeinterface(CALLS, "call", CALL);
            known.put(p.source(), load(result));
        }
    }

    /// place[i] = Σ factor · source[i], in the order of [Combination#sum].
    private void sum(Combination sum, int place) {
        int[] factors = new int[sum.count()];
        int[][] sources = new int[sum.count()][];
        for (int j = 0; j < factors.length; j++) {
            sources[j] = known.computeIfAbsent(sum.source(j), s -> load(element(SOURCES, s)));
            factors[j] = code.allocateLocal(TypeKind.DOUBLE);
            if (sum.timesH(j)) {
                code.dload(H).loadConstant(sum.weight(j)).dmul();
            } else {
                code.loadConstant(sum.weight(j));
            }
            code.dstore(factors[j]);
        }
        for (int i = 0; i < size; i++) {
            code.aload(place).loadConstant(i);
            if (Combination.FUSED) { // the last product is added first: it lies on top
                for (int j = 0; j < factors.length; j++) {
                    code.dload(factors[j]).dload(sources[j][i]);
                }
                code.dconst_0();
                for (int j = 0; j < factors.length; j++) {
                    code.invokestatic(MATH, "fma", FMA);
                }
            } else {
                code.dconst_0();
                for (int j = factors.length - 1; j >= 0; j--) {
                    code.dload(factors[j]).dload(sources[j][i]).dmul().dadd();
                }
            }
            code.dastore();
        }
    }

    /// A variable for array `number` of the arrays in another.
    private int element(int arrays, int number) {
        int variable = code.allocateLocal(TypeKind.REFERENCE);
        code.aload(arrays).loadConstant(number).aaload().astore(variable);
        return variable;
    }

    /// Variables for the numbers of an array.
    private int[] load(int array) {
        int[] numbers = new int[size];
        for (int i = 0; i < size; i++) {
            numbers[i] = code.allocateLocal(TypeKind.DOUBLE);
            code.aload(array).loadConstant(i).daload().dstore(numbers[i]);
        }
        return numbers;
    }
}
