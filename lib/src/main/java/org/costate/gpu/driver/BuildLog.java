package org.costate.gpu.driver;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a compiler said about a source, with the lines that it means.
public final class BuildLog {
    /// `error: name:12:5: …` of PoCL, `name:12:5: error: …` of clang, `name(12): error: …` of NVRTC.
    private static final Pattern LINE = Pattern.compile(
            "(?m)^(?:error: \\S+?:(\\d+):\\d+: |.*?:(\\d+):\\d+: (?:fatal )?error: |.*?\\((\\d+)\\): error: )(.*)$");

    private static final int MOST = 3;

    private BuildLog() {}

    /// The failure of a build: the first errors, each with its line of the source.
    ///
    /// @param call that failed
    public static DeviceException failure(String call, String source, String log) {
        String[] lines = source.split("\n", -1);
        Set<String> found = new LinkedHashSet<>();
        Matcher m = LINE.matcher(log);
        while (m.find() && found.size() < MOST) {
            String number = m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : m.group(3);
            int line = Integer.parseInt(number);
            String text = line >= 1 && line <= lines.length ? lines[line - 1].strip() : "";
            found.add("line " + line + ": " + m.group(4).strip() + " in `" + text + "`");
        }
        String what = found.isEmpty() ? log.strip() : String.join("; ", found);
        return new DeviceException(
                call + ": the generated source does not compile: " + what
                        + ". This is a fault of Costate: send it with the source, which the message's cause holds",
                new IllegalStateException(source));
    }
}
