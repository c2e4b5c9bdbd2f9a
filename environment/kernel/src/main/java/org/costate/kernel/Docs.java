package org.costate.kernel;

import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Documentation;

/// The documentation of a name as text and as HTML.
final class Docs {
    private static final Pattern CODE = Pattern.compile("\\{@(?:code|literal)\\s+([^}]*)}");

    private Docs() {}

    /// JShell reads documentation from sources, and looks for those of the JDK only. It keeps where it looks in a
    /// private field; should a later JDK name that otherwise, there are signatures without documentation. (This
    /// jar's manifest opens JShell's package.)
    static void addSources(SourceCodeAnalysis analysis, Path jar) {
        try {
            Method find = analysis.getClass().getDeclaredMethod("findSources");
            find.setAccessible(true);
            Field places = analysis.getClass().getDeclaredField("availableSources");
            places.setAccessible(true);
            List<Object> all = new ArrayList<>((List<?>) find.invoke(analysis));
            // Open as long as the kernel.
            all.addFirst(FileSystems.newFileSystem(jar).getPath("/"));
            places.set(analysis, all);
        } catch (ReflectiveOperationException | RuntimeException | IOException e) {
            System.err.println("no documentation of library calls in this kernel: " + e);
        }
    }

    static DisplayData show(List<Documentation> found) {
        List<String> texts = new ArrayList<>();
        List<String> htmls = new ArrayList<>();
        for (Documentation documentation : found) {
            String signature = documentation.signature();
            String html = documentation.javadoc() == null ? "" : html(documentation.javadoc());
            texts.add(html.isEmpty() ? signature : signature + "\n\n" + text(html));
            htmls.add("<p><code><strong>" + escape(signature) + "</strong></code></p>" + html);
        }
        DisplayData data = new DisplayData(String.join("\n\n", texts));
        data.putHTML(String.join("<hr>", htmls));
        return data;
    }

    /// HTML of a documentation comment, whose tags are still Javadoc's.
    static String html(String javadoc) {
        String code = CODE.matcher(javadoc.strip())
                .replaceAll(m -> Matcher.quoteReplacement("<code>" + escape(m.group(1)) + "</code>"));
        return code.replaceAll("\\{@link(?:plain)?\\s+#?([^\\s}]+)}", "<code>$1</code>")
                .replaceAll("\\{@link(?:plain)?\\s+\\S+\\s+([^}]*)}", "$1")
                .replaceAll("(?m)^\\s*@param\\s+(<?\\w+>?)", "<br><strong>$1</strong>")
                .replaceAll("(?m)^\\s*@return", "<br><strong>returns</strong>")
                .replaceAll("(?m)^\\s*@(?:throws|exception)\\s+(\\S+)", "<br><strong>throws $1</strong>")
                .replaceAll("(?m)^\\s*@(since|see|version)\\b", "<br>$1");
    }

    /// The words of the HTML.
    static String text(String html) {
        return html.replaceAll("<br>\\s*", "\n")
                .replaceAll("<[^>]+>", "")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replaceAll("\n{3,}", "\n\n")
                .strip();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
