package org.costate.kernel;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import jdk.jshell.spi.ExecutionControl.ClassBytecodes;

/// Puts `Interrupts.check()` at the start of every method and before every backward branch of a cell's classes.
///
/// A Java thread cannot be stopped from outside; without this, an endless loop in a cell would run on after the
/// interrupt until the kernel is restarted. JShell's own local execution does the same.
final class Weaver {
    private static final ClassDesc INTERRUPTS =
            Interrupts.class.describeConstable().orElseThrow();

    private Weaver() {}

    static ClassBytecodes[] weave(ClassBytecodes[] classes, ClassLoader loader) {
        Map<String, byte[]> batch = new HashMap<>();
        for (ClassBytecodes c : classes) {
            batch.put(c.name().replace('.', '/'), c.bytecodes());
        }
        // The frames of a method are computed anew, which asks for the superclasses of what it uses.
        ClassFile classFile = ClassFile.of(ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(type -> bytes(type, batch, loader))
                        .orElse(ClassHierarchyResolver.defaultResolver())));
        ClassBytecodes[] woven = new ClassBytecodes[classes.length];
        for (int i = 0; i < classes.length; i++) {
            woven[i] = new ClassBytecodes(classes[i].name(), weave(classFile, classes[i].bytecodes()));
        }
        return woven;
    }

    private static InputStream bytes(ClassDesc type, Map<String, byte[]> batch, ClassLoader loader) {
        String descriptor = type.descriptorString();
        String name = descriptor.substring(1, descriptor.length() - 1);
        byte[] own = batch.get(name);
        return own != null ? new ByteArrayInputStream(own) : loader.getResourceAsStream(name + ".class");
    }

    private static byte[] weave(ClassFile classFile, byte[] bytes) {
        try {
            return classFile.transformClass(
                    classFile.parse(bytes),
                    ClassTransform.transformingMethodBodies(CodeTransform.ofStateful(Checks::new)));
        } catch (IllegalArgumentException e) {
            // A class that cannot be rewritten still runs; only its loops cannot be stopped.
            return bytes;
        }
    }

    private static final class Checks implements CodeTransform {
        private final Set<Label> passed = new HashSet<>();

        @Override
        public void atStart(CodeBuilder code) {
            check(code);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            if (element instanceof LabelTarget target) {
                passed.add(target.label());
            } else if (element instanceof BranchInstruction branch && passed.contains(branch.target())) {
                check(code);
            }
            code.with(element);
        }

        private static void check(CodeBuilder code) {
            code.invokestatic(INTERRUPTS, "check", ConstantDescs.MTD_void);
        }
    }
}
