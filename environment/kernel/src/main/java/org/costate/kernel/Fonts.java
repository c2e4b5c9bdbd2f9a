package org.costate.kernel;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/// Looks for the fonts before the first chart does: a third of a second less to wait for it.
final class Fonts {
    private Fonts() {}

    /// Java keeps what it found about fonts below `user.home`. The command line sets that to the project's cache, so
    /// that
    /// nothing is written to the real home; once the fonts are known, cells get the real one back.
    static void warmUp() {
        try {
            BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 8));
            graphics.drawString("x", 0, 8);
            graphics.dispose();
        } catch (Error | RuntimeException e) {
            // No fonts. The first chart says so, and what to install.
            return;
        }
        String home = System.getenv("HOME");
        if (home != null) {
            System.setProperty("user.home", home);
        }
    }
}
