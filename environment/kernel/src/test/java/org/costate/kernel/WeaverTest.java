package org.costate.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import jdk.jshell.spi.ExecutionControl.ClassBytecodes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WeaverTest {
    /// What is woven: branches of every kind, and types that only this class's loader knows.
    public static final class Sample {
        private Sample() {}

        public static String work(int n) {
            StringBuilder text = new StringBuilder();
            Comparable<?> either = n > 2 ? (Comparable<?>) Integer.valueOf(n) : "few";
            for (int i = 0; i < n; i++) {
                switch (i % 3) {
                    case 0 -> text.append('a');
                    case 1 -> {
                        try {
                            text.append(Integer.parseInt("x"));
                        } catch (NumberFormatException e) {
                            text.append('b');
                        }
                    }
                    default -> text.append('c');
                }
            }
            return text.append(either).toString();
        }
    }

    @AfterEach
    void clear() {
        Interrupts.clear();
    }

    private static Method woven() throws IOException, ReflectiveOperationException {
        byte[] bytes;
        try (InputStream in = WeaverTest.class.getResourceAsStream("WeaverTest$Sample.class")) {
            bytes = in.readAllBytes();
        }
        ClassLoader parent = WeaverTest.class.getClassLoader();
        ClassBytecodes[] woven =
                Weaver.weave(new ClassBytecodes[] {new ClassBytecodes(Sample.class.getName(), bytes)}, parent);
        assert woven[0].bytecodes().length > bytes.length;
        ClassLoader loader = new ClassLoader(parent) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                return name.equals(Sample.class.getName())
                        ? defineClass(name, woven[0].bytecodes(), 0, woven[0].bytecodes().length)
                        : super.loadClass(name, resolve);
            }
        };
        return loader.loadClass(Sample.class.getName()).getMethod("work", int.class);
    }

    @Test
    void wovenCodeDoesTheSame() throws IOException, ReflectiveOperationException {
        assertEquals(Sample.work(7), woven().invoke(null, 7));
    }

    @Test
    void wovenCodeStopsWhenAsked() throws IOException, ReflectiveOperationException {
        Method work = woven();
        Interrupts.request();
        var e = assertThrows(InvocationTargetException.class, () -> work.invoke(null, 7));
        assertEquals(Interrupts.Stop.class, e.getCause().getClass());
        Interrupts.clear();
        assertEquals("abcabca7", work.invoke(null, 7));
    }

    @Test
    void anAbandonedThreadIsStoppedLater() throws InterruptedException {
        boolean[] stopped = new boolean[1];
        Thread left = new Thread(() -> {
            try {
                while (true) {
                    Thread.onSpinWait();
                    Interrupts.check();
                }
            } catch (Interrupts.Stop e) {
                stopped[0] = true;
            }
        });
        left.start();
        Interrupts.abandon(left);
        Interrupts.clear(); // a new cell
        Interrupts.check(); // runs on
        left.join(2000);
        assertEquals(true, stopped[0]);
    }
}
