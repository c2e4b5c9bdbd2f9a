/// Figures and tables from results, for notebooks and programs: [org.costate.plot.Figures] makes XChart charts,
/// [org.costate.plot.Tables] Tablesaw tables.
///
/// Nothing here knows a notebook; whoever has a chart can write it with XChart's `BitmapEncoder`.
package org.costate.plot;
